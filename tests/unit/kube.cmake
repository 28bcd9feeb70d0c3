mesh_unit_test(kube mesh_kube
  unit/test_kube_bytes.cpp
  unit/test_kube_mask.cpp
  unit/test_kube_narrowed.cpp
  unit/test_kube_request_log.cpp
  unit/test_kube_resource.cpp
  unit/test_kube_retry.cpp
  unit/test_kube_server_clock.cpp
  unit/test_kube_status.cpp)
