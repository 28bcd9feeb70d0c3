#include "names.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "mesh/lookup.hpp"

namespace mesh::serviceentry {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> k_protocols{
    {{"http", "HTTP"},
     {"http2", "HTTP2"},
     {"https", "HTTPS"},
     {"grpc", "GRPC"},
     {"grpc-web", "GRPC-WEB"},
     {"tcp", "TCP"},
     {"tls", "TLS"},
     {"mongo", "MONGO"},
     {"redis", "REDIS"},
     {"mysql", "MYSQL"},
     {"http_proxy", "HTTP_PROXY"},
     {"kubernetes.io/h2c", "HTTP2"},
     {"kubernetes.io/ws", "HTTP"},
     {"kubernetes.io/wss", "HTTPS"},
     {"udp", "UDP"}}};

// Where the server speaks first, looking at the client's first bytes would wait for ever: istiod
// takes these for TCP.
constexpr std::array<int, 4> k_server_first{25, 53, 3306, 27017};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string known(const std::string& word) {
  const std::string name = lower(word);
  for (const auto& [key, protocol] : k_protocols) {
    if (key == name) return std::string(protocol);
  }
  return {};
}

}  // namespace

std::string label_of(const Json& object, const std::string& key) {
  return lookup::text(object, "/metadata/labels/" + lookup::step(key));
}

std::string our_label() {
  return std::string(k_managed_by).append("=").append(k_us).append(",").append(k_from);
}

bool is_label(const std::string& text) {
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

bool is_host(const std::string& text) {
  if (text.size() > 253) return false;
  for (std::size_t from = 0;;) {
    const std::size_t to = text.find('.', from);
    if (!is_label(text.substr(from, to == std::string::npos ? to : to - from))) return false;
    if (to == std::string::npos) return from > 0;
    from = to + 1;
  }
}

std::optional<ServiceName> parse_service(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  ServiceName name{text.substr(0, slash), text.substr(slash + 1)};
  if (!is_label(name.name_space) || !is_label(name.name)) return std::nullopt;
  return name;
}

std::string protocol_of(const std::string& app_protocol, const std::string& port_name, int port) {
  const std::string word = app_protocol.empty() ? port_name : app_protocol;
  if (lower(word).starts_with("grpc-web")) return "GRPC-WEB";
  const std::string whole = known(word);
  if (!whole.empty() && !app_protocol.empty()) return whole;
  const std::string protocol = known(word.substr(0, word.find('-')));
  if (!protocol.empty()) return protocol;
  const bool first =
      std::find(k_server_first.begin(), k_server_first.end(), port) != k_server_first.end();
  return first ? "TCP" : "";
}

std::string sni_of(int port, const std::string& name_space, const std::string& service,
                   const std::string& cluster_domain) {
  return "outbound_." + std::to_string(port) + "_._." + service + "." + name_space + ".svc." +
         cluster_domain;
}

}  // namespace mesh::serviceentry
