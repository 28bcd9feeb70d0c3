#pragma once

#include <map>
#include <string>
#include <vector>

#include "mesh/selector.hpp"

// What NetworkPolicies let in (kubernetes.io/docs/concepts/services-networking/network-policies).
// Policies only ever add: one that allows is enough.

namespace mesh {

/// Who must get in.
struct PolicySender {
  enum class Who { any, outside, pod };
  Who who = Who::any;        ///< anybody at all; somebody outside of the cluster; a pod of it
  std::string name_space{};  ///< of the pod
  Labels namespace_labels{}, labels{};
};

/// Where to.
struct PolicyTarget {
  Labels labels;                       ///< of the pod
  int port = 0;                        ///< of the pod; 0: not known, each counts
  std::map<std::string, int> named{};  ///< ports by the names that containers give them
};
/// A port of a Deployment's pods.
PolicyTarget policy_target(const Json& deployment, int port);

/// The first of a namespace's policies that select the pod, if none of them lets the sender in;
/// "": it is open.
std::string shut_by(const std::vector<Json>& policies, const PolicyTarget& target,
                    const PolicySender& sender);

}  // namespace mesh
