#pragma once

#include <string>

#include "cluster/access.hpp"

namespace mesh {

/// A kubeconfig that knows one cluster and the way in of this moment, for a program that we start:
/// no exec plugin, no file, no other context. Holds secrets. JSON, which is YAML too.
std::string single_kubeconfig(const Endpoint& endpoint, const Credential& credential);

}  // namespace mesh
