#pragma once

#include <chrono>
#include <string>

#include "base/cancel.hpp"
#include "cluster/access.hpp"

namespace mesh {

struct ExecLoginResult {
  Credential credential;
  std::chrono::system_clock::time_point expires;  ///< max(): never
};

/// spec.cluster of the ExecCredential, as JSON, for plugins that want provideClusterInfo.
std::string exec_cluster_info(const ClusterEntry& cluster, const Endpoint& endpoint);

/// Runs a client-go credential plugin (client.authentication.k8s.io v1, v1beta1) without a shell
/// and reads its ExecCredential. One program at a time: plugins share token caches and login ports.
/// Throws Failure("credential") with the install hint; never shows what the plugin printed on
/// stdout. One that may ask the operator has all the time it wants.
ExecLoginResult run_exec_plugin(const ExecConfig& config, const std::string& cluster_info,
                                Deadline deadline);

}  // namespace mesh
