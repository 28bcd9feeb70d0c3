#pragma once

#include <string>
#include <vector>

#include "mesh/json.hpp"

namespace mesh::helm {

/// Who must get in: anybody at all, or somebody outside of the cluster.
enum class Senders { any, outside };

/// The first of the NetworkPolicies that select the pods of a Deployment, if none of them lets
/// `senders` in to the port; "": it is open. Policies only ever add: one that allows is enough.
std::string shut_by(const std::vector<Json>& policies, const Json& deployment, int port,
                    Senders senders);

}  // namespace mesh::helm
