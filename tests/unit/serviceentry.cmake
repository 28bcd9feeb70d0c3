mesh_unit_test(serviceentry serviceentry_core
  unit/memory_support.cpp
  unit/serviceentry_support.cpp
  unit/test_serviceentry_alias.cpp
  unit/test_serviceentry_checks.cpp
  unit/test_serviceentry_discovery.cpp
  unit/test_serviceentry_input.cpp
  unit/test_serviceentry_lived_in.cpp
  unit/test_serviceentry_names.cpp
  unit/test_serviceentry_stubs.cpp)
target_link_libraries(test_serviceentry PRIVATE mesh_plan)
