#pragma once

#include <optional>
#include <string>

#include "mesh/json.hpp"

namespace mesh::serviceentry {

inline constexpr const char* k_managed_by = "app.kubernetes.io/managed-by";
inline constexpr const char* k_us = "kubectl-mesh";
inline constexpr const char* k_from = "kubectl-mesh.dev/from";  ///< Istio's name of the exporter
inline constexpr const char* k_service = "kubectl-mesh.dev/service";        ///< "default/app1"
inline constexpr const char* k_export_to = "networking.istio.io/exportTo";  ///< Istio's annotation
inline constexpr const char* k_export = "kubectl-mesh.dev/export";          ///< annotation: "true"
inline constexpr const char* k_alias = "kubectl-mesh.dev/alias";  ///< annotation: a whole host
inline constexpr const char* k_ports = "kubectl-mesh.dev/ports";  ///< annotation: "http,9090"
inline constexpr const char* k_network = "topology.istio.io/network";
inline constexpr const char* k_networking = "networking.istio.io/v1";
inline constexpr int k_gateway_port = 15443;

/// "" if the object has no such label.
std::string label_of(const Json& object, const std::string& key);
/// The selector of aliases of ours.
std::string our_label();
/// A DNS label: small letters, digits and dashes, at most 63.
bool is_label(const std::string& text);
/// Labels with dots between, at most 253.
bool is_host(const std::string& text);
/// "default/app1" in two, each a label.
struct ServiceName {
  std::string name_space, name;
};
std::optional<ServiceName> parse_service(const std::string& text);

/// As istiod reads a Service's port: appProtocol first, then the name up to its first dash. Empty:
/// neither says anything, Istio looks at the first bytes.
std::string protocol_of(const std::string& app_protocol, const std::string& port_name, int port);
/// "outbound_.8000_._.app1.default.svc.cluster.local": what the gateway of the exporter listens
/// for.
std::string sni_of(int port, const std::string& name_space, const std::string& service,
                   const std::string& cluster_domain = "cluster.local");

}  // namespace mesh::serviceentry
