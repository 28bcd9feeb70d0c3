mesh_unit_test(dns dns_core
  unit/test_dns_corefile.cpp)
