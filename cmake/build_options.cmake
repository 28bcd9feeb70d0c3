# How everything is compiled: one INTERFACE target that each target of ours links privately.
option(BUILD_TESTING "build the tests" ON)
option(MESH_DEVELOPER "warnings are errors" OFF)
set(MESH_SANITIZE "" CACHE STRING "value of -fsanitize=, empty: none")
set(MESH_PLUGINS_FROM "" CACHE PATH "build tree whose plugins without threads are taken, empty: all are built")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

# ccache looks through a precompiled header only with this.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
endif()

# Whole builds compile files of a room in batches: what they instantiate alike is instantiated once. The preset `dev`
# compiles each file alone. A batch names its files by their whole paths, which must not get into what is shipped.
if(NOT DEFINED CMAKE_UNITY_BUILD_BATCH_SIZE)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)
endif()
if(CMAKE_UNITY_BUILD)
  add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
endif()
# mesh_alone(FILE...): never in a batch, because it has third-party types or macros that no other file should see.
function(mesh_alone)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

add_library(mesh_options INTERFACE)
target_compile_options(mesh_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
  -fstack-protector-strong
  $<$<BOOL:${MESH_DEVELOPER}>:-Werror>)
target_compile_definitions(mesh_options INTERFACE _GLIBCXX_ASSERTIONS)
target_link_options(mesh_options INTERFACE -Wl,-z,relro,-z,now)
# gcc 12 takes inlined code of std::string and std::regex for faults of ours as soon as it comes out of a
# precompiled header or is instrumented; where warnings are errors, these guesses are left out.
if(MESH_SANITIZE OR MESH_DEVELOPER)
  target_compile_options(mesh_options INTERFACE -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds -Wno-restrict)
endif()
# Boost.Asio has fences, which the thread sanitizer does not follow; what they order is under Asio's mutexes too.
if(MESH_SANITIZE MATCHES "thread")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-tsan>)
endif()
if(MESH_SANITIZE)
  add_compile_options(-fsanitize=${MESH_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MESH_SANITIZE})
else()
  target_compile_definitions(mesh_options INTERFACE $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
endif()

# Go's word for the machine, as Kubernetes and krew write it.
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  set(MESH_ARCHITECTURE amd64)
elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
  set(MESH_ARCHITECTURE arm64)
else()
  set(MESH_ARCHITECTURE ${CMAKE_SYSTEM_PROCESSOR})
endif()
