#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "alias.hpp"
#include "discovery.hpp"
#include "istiods.hpp"
#include "policies.hpp"
#include "requests.hpp"

#include "mesh/check_rows.hpp"
#include "mesh/passthrough.hpp"

namespace mesh::serviceentry {

/// What a handshake with a gateway brought.
struct Sight {
  int port = 0;
  std::string host, address;
  std::size_t certificates = 0;
  std::string unreachable;  ///< no connection at all
  std::string untrusted{};  ///< why a cluster that calls it would not trust the certificate
};

/// What one cluster holds that the checks judge.
struct CheckFacts {
  std::string cluster;
  ExporterFacts exporter;
  AliasFacts alias;
  DiscoveryFacts discovery;
  std::vector<Passthrough> passthroughs;
  std::vector<SeenPod> gateway_pods;
  std::vector<SeenAuthentication> authentications;
  std::vector<SeenAuthorization> authorizations;
  std::vector<SeenSidecar> sidecars;
  /// NetworkPolicies by namespace, and labels of namespaces; nullopt: they could not be read.
  std::optional<std::map<std::string, std::vector<Json>>> network_policies;
  std::map<std::string, Labels> namespaces;
  std::map<std::string, SeenService> services;  ///< by "namespace/name"; mode discovery only
  std::optional<std::vector<Problem>> refused;  ///< what the token that others hold may not list
  std::vector<std::string> watched;             ///< the kinds that were asked for with it
  std::vector<IstiodPod> istiods;               ///< that run
  std::vector<Heard> registries, networks;      ///< of each of them; empty: none was asked
  std::string roots;                            ///< PEM, that its proxies trust; empty: unknown
  std::vector<Sight> sights;                    ///< of its own exports, through its gateway
  bool looked = false;                          ///< handshakes were allowed
};

/// One cluster under examination, and all others.
struct Subject {
  const CheckFacts& facts;
  const std::vector<CheckFacts>& all;
  const ExposureRequest& request;
  bool discovery = false;
};

std::span<const CheckRow<Subject>> check_rows();

std::vector<Finding> findings_of(const std::vector<CheckFacts>& all, const ExposureRequest& request,
                                 bool discovery);

/// `probes`: port-forwards to istiod and handshakes with gateways too.
std::vector<CheckFacts> read_check_facts(const Host& host, const Asked& asked, bool probes);

/// In mode discovery Services of one name are one Service: whether they are alike, and whether this
/// cluster has a Service, without which there is no name to ask for.
Verdict same_services(const Subject& subject);
/// Whether what the other clusters export has a name here: a Service of its own, or a stub.
Verdict names_known(const Subject& subject);
void read_sameness(const Host& host, const Asked& asked, std::vector<CheckFacts>& all);

/// Tries the token that others hold for a cluster, at the server that the operator's kubeconfig
/// names.
void try_tokens(const Host& host, const Asked& asked, std::vector<CheckFacts>& all);

}  // namespace mesh::serviceentry
