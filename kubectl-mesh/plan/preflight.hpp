#pragma once

#include <map>
#include <string>
#include <vector>

#include "kube/fleet.hpp"
#include "plan/diff.hpp"

namespace mesh {

struct Identity {
  std::string
      uid;  ///< of namespace kube-system: two contexts with the same one are the same cluster
  std::string version;
};

/// Who the clusters are. Problems are per cluster; the others are still answered.
struct Identities {
  std::map<std::string, Identity> known;
  std::vector<Problem> problems;
};
Identities identify(Fleet& fleet);

/// "same-cluster" if two contexts of a run mean one cluster.
std::vector<Problem> same_cluster_problems(const Identities& identities);

/// What stands against writing `steps`: clusters that do not answer, rights that are missing (asked
/// by SelfSubjectAccessReview, only for what is written), fields that another manager owns. Empty:
/// go.
std::vector<Problem> preflight(const std::vector<Step>& steps, Fleet& fleet,
                               const Identities& identities);

/// Whether something that the steps create is there by now: an apply would overwrite it. What they
/// update or remove is protected by its version.
bool has_appeared(const std::vector<Step>& steps, Fleet& fleet);

}  // namespace mesh
