# The SDK as authors get it, beside the host: a CMake package, a pkg-config file, the Go package, the Rust crate,
# and the templates of `plugin new`.
include(CMakePackageConfigHelpers)
set(data share/kubectl-mesh)

install(TARGETS mesh_sdk mesh_testing ARCHIVE DESTINATION lib)
install(DIRECTORY include/mesh DESTINATION include)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/mesh-sdk-config-version.cmake COMPATIBILITY SameMajorVersion)
install(FILES
  cmake/mesh-sdk-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/mesh-sdk-config-version.cmake ${PROJECT_SOURCE_DIR}/cmake/plugin.version
  DESTINATION lib/cmake/mesh-sdk)
configure_file(cmake/mesh-sdk.pc.in mesh-sdk.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mesh-sdk.pc DESTINATION lib/pkgconfig)

install(DIRECTORY schemas templates DESTINATION ${data})
install(FILES include/mesh/plugin.h DESTINATION ${data}/sdk/c)
install(DIRECTORY go rust DESTINATION ${data}/sdk PATTERN target EXCLUDE PATTERN Cargo.lock EXCLUDE)

# The build tree has the layout of the installed one here, too.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/${data}/sdk/c)
foreach(link templates=templates sdk/go=go sdk/rust=rust sdk/c/plugin.h=include/mesh/plugin.h)
  string(REPLACE "=" ";" ends ${link})
  list(GET ends 0 name)
  list(GET ends 1 target)
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${target} ${CMAKE_BINARY_DIR}/${data}/${name} SYMBOLIC)
endforeach()
