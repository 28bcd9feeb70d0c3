#pragma once

#include <memory>
#include <string>

#include "cluster/access.hpp"

namespace mesh {

/// How a user identifies himself, in words: "client certificate", "token", "exec NAME", "none", ...
std::string auth_word(const UserEntry& user);

/// A token that somebody has handed over.
std::shared_ptr<CredentialSource> bearer_token(const std::string& token);

/// `fixed` holds the client certificate and key of the kubeconfig, read already. Of token, token
/// file, basic and exec the one that client-go would prefer is used.
std::shared_ptr<CredentialSource> make_credentials(const UserEntry& user, Credential fixed,
                                                   const ClusterEntry& cluster,
                                                   const Endpoint& endpoint);

}  // namespace mesh
