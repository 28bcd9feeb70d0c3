#pragma once

#include <string>

#include "cluster/access.hpp"

namespace mesh {

/// What client-go refuses before it connects (tools/clientcmd/validation.go), and what HTTP would
/// not carry. Each throws Failure("invalid-kubeconfig") that names the context and the remedy.
void check_user(const std::string& context, const UserEntry& user);
void check_endpoint(const Endpoint& endpoint);

}  // namespace mesh
