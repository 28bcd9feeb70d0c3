#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "names.hpp"

#include "mesh/exposure.hpp"
#include "mesh/lookup.hpp"

namespace mesh::serviceentry {

struct SeenPort {
  int number = 0;
  int target = 0;  ///< of the pods; 0: it has a name
  std::string name, app_protocol, transport;
};

/// A Service that is, or may be, an export.
struct SeenService {
  std::string name_space, name, type, uid;
  bool headless = false;
  std::vector<SeenPort> ports;
  std::map<std::string, std::string> selector;
  std::string wants;        ///< annotation export
  std::string alias, only;  ///< annotations alias and ports
  std::string export_to;    ///< Istio's annotation: the namespaces that see it; empty: all
  bool has_annotations = false;
  bool annotated_by_us = false;  ///< `export` wrote the annotation: `remove` takes it back
  bool selected = false;         ///< by the label selector of mesh.yaml
  bool ending = false;
  bool stub = false;  ///< of ours: it stands for a Service of the cluster `from`
  std::string from;   ///< Istio's name of that cluster

  std::string key() const { return name_space + "/" + name; }
};

/// A Service that istiod would take for the gateway of a network.
struct SeenGateway {
  std::string name_space, name, network, type;
  int port = 0, node_port = 0;  ///< of the port for the mesh; 0: it has none
  std::map<std::string, std::string> selector;
  std::vector<std::string> addresses;  ///< of its load balancers, or externalIPs
  bool of_api = false;                 ///< a Gateway of the Gateway API made it
};

/// What runs behind the exports of a namespace.
struct SeenPod {
  std::map<std::string, std::string> labels;
  std::string name_space, name, service_account;
  bool ready = false, injected = false;
  std::map<std::string, int> ports{};  ///< by the names that its containers give them
};

/// What was seen of one cluster that may export.
struct ExporterFacts {
  std::string cluster;
  std::optional<Problem> problem;
  bool unseen = false;                          ///< of the mesh, but not of this run
  std::map<std::string, SeenService> services;  ///< by "namespace/name"
  std::vector<SeenGateway> gateways;
  std::vector<SeenPod> pods;                ///< in the namespaces of the exports
  std::vector<std::string> node_addresses;  ///< only with node ports
  std::set<std::string> namespaces_ending;
};

/// What the operator named: by flag or in mesh.yaml.
struct NamedExport {
  std::string cluster, name_space, service, alias;
  std::vector<std::string> ports;  ///< names or numbers; empty: all
  std::string where;               ///< "--service", "serviceentry.exports of mesh.yaml"

  std::string key() const { return name_space + "/" + service; }
};

struct Wishes {
  std::vector<NamedExport> named;
  std::string selector;     ///< label selector; empty: none
  bool node_ports = false;  ///< gateways without a load balancer are reached over the nodes
  bool pin = true;          ///< the identities of the servers
  bool merged = false;      ///< Services of one name are one service, not two for one alias
  bool pods = true;         ///< look at what runs behind the exports
  std::map<std::string, std::vector<GatewayAddress>>
      addresses;  ///< by Istio's name: the operator's
};

/// What is text in a map: labels, a selector.
std::map<std::string, std::string> texts_in(const Json& map);
SeenService seen_service(const Json& service);
std::optional<SeenGateway> seen_gateway(const Json& service);
SeenPod seen_pod(const Json& pod);
bool matches(const std::map<std::string, std::string>& labels,
             const std::map<std::string, std::string>& selector);

/// Reads the clusters of the mesh, `clusters` of them being those to work on: one that is of the
/// mesh but not of this run is `unseen`.
std::vector<ExporterFacts> read_exporters(const Host& host, const MeshView& mesh,
                                          const std::vector<std::string>& clusters,
                                          const Wishes& wishes);

}  // namespace mesh::serviceentry
