#pragma once

#include <string>

namespace mesh {

/// scheme://host:port/path, as much of a URL as a server needs.
struct Server {
  std::string host;  ///< without brackets
  std::string port;
  std::string url;  ///< normalised: https://, no trailing slash, no query
};

/// What a cluster's `server` means. Throws Failure("invalid-kubeconfig") that names the context:
/// it must be https://, and must not hold a password, which would be shown with it.
Server parse_server(const std::string& context, std::string url);

}  // namespace mesh
