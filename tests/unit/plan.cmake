mesh_unit_test(plan mesh_plan
  unit/test_plan_bytes.cpp
  unit/test_plan_compare.cpp
  unit/test_plan_compare_owned.cpp
  unit/fake_api.cpp
  unit/test_plan_consent.cpp
  unit/test_plan_diff.cpp
  unit/test_plan_executor.cpp
  unit/test_plan_journal.cpp
  unit/test_plan_object.cpp
  unit/test_plan_preflight.cpp
  unit/test_plan_program_lock.cpp
  unit/test_plan_undo.cpp
  unit/test_plan_undo_programs.cpp
  unit/test_plan_wait_causes.cpp
  unit/test_plan_waiting.cpp)
