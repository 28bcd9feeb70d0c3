#include <algorithm>

#include "alias.hpp"
#include "names.hpp"

namespace mesh::serviceentry {

namespace {

Json metadata(const Alias& alias, const std::string& name_space) {
  return {{"name", alias.service.host},
          {"namespace", name_space},
          {"labels", {{k_managed_by, k_us}, {k_from, alias.from}}},
          {"annotations", {{k_service, alias.service.name_space + "/" + alias.service.service}}}};
}

bool all_ips(const std::vector<GatewayAddress>& gateway) {
  return std::all_of(gateway.begin(), gateway.end(), [](const GatewayAddress& one) {
    return parse_address(one.address) || one.address.find(':') != std::string::npos;
  });
}

Json entry_spec(const Alias& alias) {
  Json spec{{"hosts", {alias.service.host}},
            {"location", "MESH_INTERNAL"},
            // A load balancer with a host name is looked up by the proxies.
            {"resolution", all_ips(alias.gateway) ? "STATIC" : "DNS"},
            {"addresses", {alias.address}},
            {"exportTo", {"*"}},
            {"ports", Json::array()},
            {"endpoints", Json::array()}};
  for (const ExposedPort& port : alias.service.ports) {
    Json entry{{"name", port.name}, {"number", port.number}};
    if (!port.protocol.empty()) entry["protocol"] = port.protocol;
    spec["ports"].push_back(std::move(entry));
  }
  for (const GatewayAddress& one : alias.gateway) {
    Json ports = Json::object();
    for (const ExposedPort& port : alias.service.ports) ports[port.name] = one.port;
    // No `network` here: istiod would put the gateway that it knows in the endpoint's place.
    spec["endpoints"].push_back({{"address", one.address},
                                 {"ports", ports},
                                 {"labels", {{"security.istio.io/tlsMode", "istio"}}}});
  }
  if (!alias.identities.empty()) spec["subjectAltNames"] = alias.identities;
  return spec;
}

/// One SNI per port: the gateway finds the service's port by it. ISTIO_MUTUAL alone sends Istio's
/// ALPN, without which the gateway resets the connection.
Json rule_spec(const Alias& alias, const std::string& cluster_domain) {
  Json ports = Json::array();
  for (const ExposedPort& port : alias.service.ports) {
    ports.push_back({{"port", {{"number", port.number}}},
                     {"tls",
                      {{"mode", "ISTIO_MUTUAL"},
                       {"sni", sni_of(port.number, alias.service.name_space, alias.service.service,
                                      cluster_domain)}}}});
  }
  // Whatever the mesh's defaults are.
  return {{"host", alias.service.host},
          {"exportTo", {"*"}},
          {"trafficPolicy", {{"portLevelSettings", ports}}}};
}

}  // namespace

AliasObjects alias_objects(const Alias& alias, const std::string& name_space,
                           const std::string& cluster_domain) {
  return {.entry = {{"apiVersion", k_networking},
                    {"kind", "ServiceEntry"},
                    {"metadata", metadata(alias, name_space)},
                    {"spec", entry_spec(alias)}},
          .rule = {{"apiVersion", k_networking},
                   {"kind", "DestinationRule"},
                   {"metadata", metadata(alias, name_space)},
                   {"spec", rule_spec(alias, cluster_domain)}}};
}

bool same_spec(const Json& wanted, const Json& live) {
  return wanted == live;
}

}  // namespace mesh::serviceentry
