mesh_unit_test(cluster mesh_cluster
  unit/test_cluster_access.cpp
  unit/test_cluster_access_rules.cpp
  unit/test_cluster_in_cluster.cpp
  unit/test_cluster_kubeconfig.cpp
  unit/test_cluster_kubeconfig_errors.cpp
  unit/test_cluster_oracle.cpp
  unit/test_cluster_proxy.cpp
  unit/test_cluster_selection.cpp
  unit/test_cluster_server.cpp
  unit/test_cluster_single_kubeconfig.cpp)
target_link_libraries(test_cluster PRIVATE mesh_yaml)
