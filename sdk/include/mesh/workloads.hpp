#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mesh/json.hpp"
#include "mesh/selector.hpp"

// Workloads as whoever restarts them must know them: how many pods a rollout takes away at a time,
// and what PodDisruptionBudgets allow.

namespace mesh {

/// What restarts a pod. A ReplicaSet counts as its Deployment.
struct PodOwner {
  std::string kind, name;  ///< name empty: nothing restarts it

  bool operator==(const PodOwner&) const = default;
};
PodOwner owner_of(const Json& pod);
/// Returns whether a pod has succeeded, failed or is being deleted: it takes part in nothing.
bool is_gone(const Json& pod);

/// "1.31.0" of "docker.io/istio/pilot:1.31.0-distroless@sha256:3f1c..."; empty: it says no version.
std::string image_version(const std::string& image);

/// A Deployment, StatefulSet or DaemonSet.
struct Workload {
  std::string kind, name_space, name;
  Labels pod_labels;
  std::int64_t replicas = 1;
  std::int64_t away = 0;  ///< how many of its pods a rollout takes away at a time
  std::string stuck;      ///< why a restart would not come to an end; empty: it would
};
Workload workload_of(const std::string& kind, const Json& object);

struct Budget {
  std::string name_space, name;
  Json selector;
  std::int64_t allowed = 0;
};
Budget budget_of(const Json& object);

/// Why the pods' workload must not be restarted now; empty: it may.
std::string restart_fault(const PodOwner& owner, const std::string& name_space,
                          const std::vector<Workload>& workloads,
                          const std::vector<Budget>& budgets);

}  // namespace mesh
