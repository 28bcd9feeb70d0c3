mesh_unit_test(inject inject_core
  unit/inject_support.cpp
  unit/memory_support.cpp
  unit/test_inject_checks.cpp
  unit/test_inject_plan.cpp)
set_source_files_properties(unit/test_inject_checks.cpp unit/test_inject_plan.cpp PROPERTIES
  COMPILE_DEFINITIONS "MESH_SCHEMAS=\"${PROJECT_SOURCE_DIR}/sdk/schemas\";VALIJSON_USE_EXCEPTIONS=1")
