mesh_unit_test(sdk mesh_sdk
  unit/memory_support.cpp unit/test_sdk_bytes.cpp unit/test_sdk_documents.cpp unit/test_sdk_json.cpp unit/test_sdk_lookup.cpp unit/test_sdk_owners.cpp
  unit/test_sdk_proxies.cpp unit/test_sdk_time.cpp unit/test_sdk_verbs.cpp)
target_link_libraries(test_sdk PRIVATE mesh_plan)
