mesh_unit_test(sdk mesh_sdk unit/test_sdk_documents.cpp unit/test_sdk_verbs.cpp)
target_compile_definitions(test_sdk PRIVATE MESH_SCHEMAS="${PROJECT_SOURCE_DIR}/sdk/schemas"
  VALIJSON_USE_EXCEPTIONS=1)
