mesh_unit_test(dns dns_core
  unit/dns_support.cpp
  unit/test_dns_bytes.cpp
  unit/test_dns_corefile.cpp
  unit/test_dns_corp_dns.cpp
  unit/test_dns_install.cpp
  unit/test_dns_message.cpp
  unit/test_dns_stub_domains.cpp
  unit/test_dns_verify.cpp
  ${PROJECT_SOURCE_DIR}/sdk/examples/corp-dns/plugin.cpp)
target_link_libraries(test_dns PRIVATE mesh_plan)
