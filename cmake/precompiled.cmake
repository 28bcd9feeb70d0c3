# The JSON library's header and the standard's are parsed for every file: one precompiled
# header for all libraries, one for the tests. Only headers in angle brackets: absolute paths would
# make the compiler cache of another checkout useless.
# Whether each file includes what it needs is still checked by a build without them:
#     cmake --preset dev -B build/plain -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON
set(MESH_PRECOMPILED
  <algorithm> <array> <chrono> <filesystem> <functional> <map> <memory> <mutex> <optional> <string> <string_view> <vector>
  <nlohmann/json.hpp>)

# mesh_precompile(TARGET OWNER [HEADER...]): OWNER compiles the header, all others use it.
function(mesh_precompile target owner)
  if(target STREQUAL owner)
    target_precompile_headers(${target} PRIVATE ${MESH_PRECOMPILED} ${ARGN})
  else()
    target_precompile_headers(${target} REUSE_FROM ${owner})
  endif()
endfunction()
