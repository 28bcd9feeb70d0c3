#include "cluster/server.hpp"

#include <algorithm>
#include <charconv>

#include "mesh/problem.hpp"

namespace mesh {

namespace {

constexpr const char* k_remedy = "kubectl config set-cluster NAME --server=https://HOST:PORT";

[[noreturn]] void refuse_server(const std::string& context, const std::string& what,
                                const std::string& hint = k_remedy) {
  throw Failure("invalid-kubeconfig", "context \"" + context + "\": " + what, hint);
}

bool is_port(const std::string& text) {
  unsigned number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end && number > 0 && number <= 65535;
}

/// A server without a scheme is meant as https://, "host:6443" included.
std::string with_scheme(const std::string& context, const std::string& url) {
  const std::size_t end = url.find("://");
  if (end == std::string::npos) return "https://" + url;
  std::string scheme = url.substr(0, end);
  std::transform(scheme.begin(), scheme.end(), scheme.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (scheme != "https") {
    refuse_server(context, "its server is " + scheme + "://, not https://",
                  "credentials are only sent over TLS");
  }
  return "https" + url.substr(end);
}

void take_authority(const std::string& context, const std::string& authority, Server& server) {
  if (authority.find('@') != std::string::npos) {
    refuse_server(context, "its server holds a user name or a password",
                  "they belong to the user entry: kubectl config set-credentials");
  }
  const bool bracketed = authority.starts_with('[');
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracketed ? bracket : 0);
  server.host = authority.substr(0, colon);
  server.port = colon == std::string::npos ? "443" : authority.substr(colon + 1);
  if (bracketed && bracket + 1 == server.host.size()) {
    server.host = server.host.substr(1, bracket - 1);
  }
  if (server.port.empty()) server.port = "443";  // "https://host:" is valid, if odd
  if (!bracketed && server.port.find(':') != std::string::npos) {
    refuse_server(context, "an IPv6 address stands in brackets", "https://[2001:db8::1]:6443");
  }
  if (server.host.empty() || server.host.find_first_of("[]") != std::string::npos) {
    refuse_server(context, "its server names no host");
  }
  if (!is_port(server.port)) refuse_server(context, "\"" + server.port + "\" is not a port");
}

}  // namespace

Server parse_server(const std::string& context, std::string url) {
  if (url.empty()) refuse_server(context, "its cluster has no server");
  const bool printable =
      std::all_of(url.begin(), url.end(), [](unsigned char c) { return c > 0x20 && c != 0x7f; });
  if (!printable) refuse_server(context, "its server has a blank or a control character in it");
  url = with_scheme(context, url.substr(0, url.find_first_of("?#")));
  Server server;
  constexpr std::size_t k_scheme = 8;
  const std::size_t path = url.find('/', k_scheme);
  take_authority(context, url.substr(k_scheme, path == std::string::npos ? path : path - k_scheme),
                 server);
  while (url.ends_with('/')) url.pop_back();
  server.url = url.ends_with(':') ? url.substr(0, url.size() - 1) : url;
  return server;
}

}  // namespace mesh
