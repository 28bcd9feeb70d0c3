mesh_unit_test(run mesh_run
  unit/test_run_contexts.cpp
  unit/test_run_mesh_file.cpp
  unit/test_run_undo.cpp)
