#pragma once

#include <string>
#include <vector>

#include "kube/fleet.hpp"
#include "mesh/documents.hpp"

namespace mesh {

/// What is in a namespace besides what Kubernetes puts into every one, what ends already, and what
/// `leaving` deletes: deleting a namespace deletes all that others put there meanwhile.
std::vector<std::string> inhabitants(const std::string& cluster, const std::string& name_space,
                                     const std::vector<Action>& leaving, Fleet& fleet);

}  // namespace mesh
