mesh_unit_test(helm helm_core unit/test_helm.cpp)
