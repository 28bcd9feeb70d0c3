#pragma once

#include <functional>
#include <vector>

#include "mesh/documents.hpp"

namespace mesh {

/// Lists the objects of a kind in the workload's namespace; `labels` is a selector.
using Lister = std::function<std::vector<Json>(const ObjectRef& kind, const std::string& labels)>;

/// The newest pods of a workload, and the object that creates them.
struct WorkloadPods {
  Json creator;  ///< of a Deployment its newest ReplicaSet, else the workload; may be null
  std::vector<Json> pods;  ///< only of the newest template, and only of this workload
};

/// Whether objects of this kind have pods that `pods_of` can find.
bool has_pods(const std::string& kind);
/// Reads them by who owns them, not by labels alone: another workload's pods may have the same.
WorkloadPods pods_of(const Json& workload, const Lister& list);

}  // namespace mesh
