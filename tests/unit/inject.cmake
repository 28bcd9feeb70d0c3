mesh_unit_test(inject inject_core
  unit/inject_support.cpp
  unit/memory_support.cpp
  unit/test_inject_checks.cpp
  unit/test_inject_lived_in.cpp
  unit/test_inject_plan.cpp)
target_link_libraries(test_inject PRIVATE mesh_plan)
