#include "mesh/passthrough.hpp"

#include "mesh/lookup.hpp"

namespace mesh {

namespace {

constexpr const char* k_gateway_name = "gateway.networking.k8s.io/gateway-name";

Passthrough named(const Json& gateway) {
  Passthrough named;
  named.name_space = lookup::text(gateway, "/metadata/namespace");
  named.name = lookup::text(gateway, "/metadata/name");
  return named;
}

}  // namespace

Passthrough passthrough_of_istio(const Json& gateway) {
  Passthrough opened = named(gateway);
  opened.selector = labels_of(lookup::value(gateway, "/spec/selector"));
  for (const Json& server : lookup::list(gateway, "/spec/servers")) {
    if (lookup::text(server, "/tls/mode") != "AUTO_PASSTHROUGH") continue;
    opened.ports.insert(static_cast<int>(lookup::number(server, "/port/number")));
    for (const Json& host : lookup::list(server, "/hosts")) {
      if (!host.is_string()) continue;
      const std::string text = host.get<std::string>();
      opened.hosts.push_back(text.substr(text.find('/') + 1));
    }
  }
  return opened;
}

Passthrough passthrough_of_api(const Json& gateway) {
  const std::string option = "/tls/options/" + lookup::step("gateway.istio.io/listener-protocol");
  Passthrough opened = named(gateway);
  opened.selector = {{k_gateway_name, opened.name}};
  for (const Json& listener : lookup::list(gateway, "/spec/listeners")) {
    if (lookup::text(listener, "/tls/mode") != "Passthrough" ||
        lookup::text(listener, option) != "auto-passthrough")
      continue;
    opened.ports.insert(static_cast<int>(lookup::number(listener, "/port")));
    const std::string host = lookup::text(listener, "/hostname");
    opened.hosts.push_back(host.empty() ? "*" : host);
  }
  return opened;
}

bool is_of_api_gateway(const Json& service) {
  return !lookup::text(service, "/metadata/labels/" + lookup::step(k_gateway_name)).empty();
}

}  // namespace mesh
