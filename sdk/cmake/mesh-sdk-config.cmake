# find_package(mesh-sdk): mesh::sdk, mesh::testing for unit tests, and mesh_add_plugin(NAME sources...).
# The library was compiled against nlohmann_json 3.11; another minor version may not fit it.
include(CMakeFindDependencyMacro)
find_dependency(nlohmann_json 3.11)
get_filename_component(MESH_SDK_PREFIX ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)
set(MESH_SDK_EXPORTS ${CMAKE_CURRENT_LIST_DIR}/plugin.version)

if(NOT TARGET mesh::sdk)
  foreach(part sdk testing)
    add_library(mesh::${part} STATIC IMPORTED)
    set_target_properties(mesh::${part} PROPERTIES
      IMPORTED_LOCATION ${MESH_SDK_PREFIX}/lib/libmesh_${part}.a
      INTERFACE_INCLUDE_DIRECTORIES ${MESH_SDK_PREFIX}/include
      INTERFACE_COMPILE_FEATURES cxx_std_20)
  endforeach()
  target_link_libraries(mesh::sdk INTERFACE nlohmann_json::nlohmann_json)
  target_link_libraries(mesh::testing INTERFACE mesh::sdk)
endif()

# One library, NAME.so, that exports the one symbol and is never unloaded.
function(mesh_add_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE mesh::sdk)
  set_target_properties(${name} PROPERTIES
    PREFIX "" CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden
    POSITION_INDEPENDENT_CODE ON LINK_DEPENDS ${MESH_SDK_EXPORTS})
  target_link_options(${name} PRIVATE
    -Wl,--version-script=${MESH_SDK_EXPORTS} -Wl,-z,nodelete -Wl,-z,relro,-z,now -Wl,--no-undefined)
endfunction()
