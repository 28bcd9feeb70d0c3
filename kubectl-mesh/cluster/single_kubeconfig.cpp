#include "cluster/single_kubeconfig.hpp"

#include <charconv>

#include "cluster/server.hpp"
#include "mesh/base64.hpp"
#include "mesh/json.hpp"

namespace mesh {

namespace {

constexpr std::string_view k_bearer = "Bearer ";
constexpr std::string_view k_basic = "Basic ";
constexpr std::string_view k_extra = "Impersonate-Extra-";

Json cluster_of(const Endpoint& endpoint) {
  Json cluster{{"server", endpoint.server}};
  if (endpoint.insecure) {
    cluster["insecure-skip-tls-verify"] = true;
  } else if (!endpoint.ca_pem.empty()) {
    cluster["certificate-authority-data"] = base64_encode(endpoint.ca_pem);
  }
  const Server server = parse_server(endpoint.context, endpoint.server);
  if (endpoint.verify_name != server.host) cluster["tls-server-name"] = endpoint.verify_name;
  if (!endpoint.proxy.empty()) cluster["proxy-url"] = endpoint.proxy;
  if (!endpoint.compress) cluster["disable-compression"] = true;
  return cluster;
}

/// The key of an extra field, which the header's name holds percent-encoded.
std::string decoded(const std::string& text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned value = 0;
    const char* digits = text.data() + at + 1;
    const bool escape = text[at] == '%' && at + 2 < text.size() &&
                        std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2;
    plain += escape ? static_cast<char>(value) : text[at];
    if (escape) at += 2;
  }
  return plain;
}

void impersonate(Json& user, const std::string& header, const std::string& value) {
  if (header == "Impersonate-User") user["as"] = value;
  if (header == "Impersonate-Uid") user["as-uid"] = value;
  if (header == "Impersonate-Group") user["as-groups"].push_back(value);
  if (header.starts_with(k_extra)) {
    user["as-user-extra"][decoded(header.substr(k_extra.size()))].push_back(value);
  }
}

Json user_of(const Endpoint& endpoint, const Credential& credential) {
  Json user = Json::object();
  if (!credential.client_key_pem.empty()) {
    user["client-certificate-data"] = base64_encode(credential.client_certificate_pem);
    user["client-key-data"] = base64_encode(credential.client_key_pem);
  }
  const std::string& header = credential.authorization;
  if (header.starts_with(k_bearer)) user["token"] = header.substr(k_bearer.size());
  if (header.starts_with(k_basic)) {
    const std::string pair = base64_decode(header.substr(k_basic.size()));
    user["username"] = pair.substr(0, pair.find(':'));
    user["password"] = pair.substr(pair.find(':') + 1);
  }
  for (const auto& [name, value] : endpoint.headers) impersonate(user, name, value);
  return user;
}

}  // namespace

std::string single_kubeconfig(const Endpoint& endpoint, const Credential& credential) {
  const std::string& name = endpoint.context;
  Json context{{"cluster", name}, {"user", name}};
  if (!endpoint.name_space.empty()) context["namespace"] = endpoint.name_space;
  return to_text(Json{{"apiVersion", "v1"},
                      {"kind", "Config"},
                      {"current-context", name},
                      {"clusters", {{{"name", name}, {"cluster", cluster_of(endpoint)}}}},
                      {"users", {{{"name", name}, {"user", user_of(endpoint, credential)}}}},
                      {"contexts", {{{"name", name}, {"context", context}}}}});
}

}  // namespace mesh
