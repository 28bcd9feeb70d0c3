# mesh_add_plugin(NAME sources...): a plugin library that exports one symbol, and its manifest, which
# is read out of the built library, so that the two cannot differ. Ships with the host.
# mesh_take_plugin(NAME): the same plugin, but as the build tree MESH_PLUGINS_FROM has it.
# mesh_list_plugins(): the index of all these, see kubectl-mesh/plugin/index.hpp.
# mesh_add_example(NAME sources...): the same, but it stays in the build tree's examples/.
set(MESH_PLUGIN_EXPORTS ${CMAKE_CURRENT_LIST_DIR}/plugin.version)

function(mesh_plugin_library name folder)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE mesh_sdk mesh_options)
  set_target_properties(${name} PROPERTIES
    PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${folder}
    LINK_DEPENDS ${MESH_PLUGIN_EXPORTS})
  target_link_options(${name} PRIVATE -Wl,--version-script=${MESH_PLUGIN_EXPORTS} -Wl,-z,nodelete)
  # An address or thread sanitizer needs its run time resolved by the host.
  if(NOT MESH_SANITIZE)
    target_link_options(${name} PRIVATE -Wl,--no-undefined)
  endif()
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND kubectl-mesh __manifest $<TARGET_FILE:${name}> > ${folder}/${name}.json
    VERBATIM)
  add_dependencies(${name} kubectl-mesh mesh-engine)
endfunction()

function(mesh_add_plugin name)
  mesh_plugin_library(${name} ${MESH_LIBRARY_DIR}/plugins ${ARGN})
  set_property(GLOBAL APPEND PROPERTY MESH_BUNDLED ${name})
  set_property(GLOBAL APPEND PROPERTY MESH_BUNDLED_FILES ${name})
  install(TARGETS ${name} LIBRARY DESTINATION lib/kubectl-mesh/plugins)
  install(FILES ${MESH_LIBRARY_DIR}/plugins/${name}.json DESTINATION lib/kubectl-mesh/plugins)
endfunction()

function(mesh_take_plugin name)
  set(from ${MESH_PLUGINS_FROM}/lib/kubectl-mesh/plugins/${name})
  set(to ${MESH_LIBRARY_DIR}/plugins/${name})
  add_custom_command(OUTPUT ${to}.so ${to}.json
    COMMAND ${CMAKE_COMMAND} -E copy ${from}.so ${from}.json ${MESH_LIBRARY_DIR}/plugins
    DEPENDS ${from}.so VERBATIM)
  add_custom_target(${name} ALL DEPENDS ${to}.so ${to}.json)
  set_property(GLOBAL APPEND PROPERTY MESH_BUNDLED ${name})
  set_property(GLOBAL APPEND PROPERTY MESH_BUNDLED_FILES ${to}.so ${to}.json)
endfunction()

function(mesh_list_plugins)
  get_property(names GLOBAL PROPERTY MESH_BUNDLED)
  get_property(files GLOBAL PROPERTY MESH_BUNDLED_FILES)
  set(index ${MESH_LIBRARY_DIR}/bundled-plugins.json)
  add_custom_command(OUTPUT ${index}
    COMMAND kubectl-mesh __index ${names} > ${index}
    DEPENDS ${files} kubectl-mesh VERBATIM)
  add_custom_target(mesh-index ALL DEPENDS ${index})
  install(FILES ${index} DESTINATION lib/kubectl-mesh)
endfunction()

function(mesh_add_example name)
  mesh_plugin_library(${name} ${CMAKE_BINARY_DIR}/examples ${ARGN})
endfunction()
