mesh_unit_test(base mesh_base
  unit/test_base_bytes.cpp
  unit/test_base_cancel.cpp
  unit/test_base_digest.cpp
  unit/test_base_exit_code.cpp
  unit/test_base_files.cpp
  unit/test_base_parallel.cpp
  unit/test_base_paths.cpp
  unit/test_base_process.cpp
  unit/test_base_search_path.cpp
  unit/test_base_secret_values.cpp
  unit/test_base_text.cpp
  unit/test_base_yaml.cpp
  unit/test_base_yaml_scalars.cpp)
target_link_libraries(test_base PRIVATE mesh_digest mesh_process mesh_yaml)
