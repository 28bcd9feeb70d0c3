mesh_unit_test(verify verify_core unit/test_verify.cpp)
