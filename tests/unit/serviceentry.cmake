mesh_unit_test(serviceentry serviceentry_core
  unit/memory_support.cpp
  unit/serviceentry_support.cpp
  unit/test_serviceentry_alias.cpp
  unit/test_serviceentry_checks.cpp
  unit/test_serviceentry_discovery.cpp
  unit/test_serviceentry_input.cpp
  unit/test_serviceentry_names.cpp
  unit/test_serviceentry_stubs.cpp)
set_source_files_properties(unit/test_serviceentry_alias.cpp unit/test_serviceentry_checks.cpp unit/test_serviceentry_discovery.cpp unit/test_serviceentry_input.cpp unit/test_serviceentry_stubs.cpp PROPERTIES
  COMPILE_DEFINITIONS "MESH_SCHEMAS=\"${PROJECT_SOURCE_DIR}/sdk/schemas\";VALIJSON_USE_EXCEPTIONS=1")
