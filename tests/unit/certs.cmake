mesh_unit_test(certs certs_core
  unit/certs_support.cpp
  unit/test_certs_bytes.cpp
  unit/test_certs_checks.cpp
  unit/test_certs_facts.cpp
  unit/test_certs_input.cpp
  unit/test_certs_install.cpp
  unit/test_certs_lived_in.cpp
  unit/test_certs_remove.cpp
  unit/test_certs_rotate.cpp
  unit/test_certs_whole.cpp
  unit/test_certs_x509.cpp)
target_link_libraries(test_certs PRIVATE mesh_plan)
