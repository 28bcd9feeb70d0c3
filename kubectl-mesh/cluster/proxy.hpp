#pragma once

#include <string>

namespace mesh {

/// The HTTP proxy for a server: the cluster's proxy-url, else HTTPS_PROXY unless NO_PROXY excludes
/// the host, by the rules of Go's golang.org/x/net/http/httpproxy. "" means direct. Throws
/// Failure("invalid-kubeconfig") for proxies that cannot be used (https:// and socks5://).
std::string proxy_for(const std::string& proxy_url, const std::string& host,
                      const std::string& port);

}  // namespace mesh
