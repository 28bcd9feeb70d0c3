mesh_unit_test(helm helm_core unit/memory_support.cpp unit/test_helm.cpp unit/test_helm_bytes.cpp unit/test_helm_lived_in.cpp unit/test_helm_release_record.cpp unit/test_helm_revisions.cpp)
target_link_libraries(test_helm PRIVATE mesh_plan)
