mesh_unit_test(sdk mesh_sdk
  unit/memory_support.cpp unit/test_sdk_documents.cpp unit/test_sdk_json.cpp unit/test_sdk_lookup.cpp unit/test_sdk_proxies.cpp
  unit/test_sdk_verbs.cpp)
# Of the files and not of the target: all tests share its precompiled header, and so its definitions.
set_source_files_properties(unit/test_sdk_documents.cpp unit/test_sdk_verbs.cpp PROPERTIES
  COMPILE_DEFINITIONS "MESH_SCHEMAS=\"${PROJECT_SOURCE_DIR}/sdk/schemas\";VALIJSON_USE_EXCEPTIONS=1")
