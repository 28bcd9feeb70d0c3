#include "checks.hpp"

namespace mesh::serviceentry {

namespace {

constexpr std::size_t k_probes_max = 20;  // a handshake each, from this machine

template <Passthrough (*read)(const Json&)>
void take_gateway(CheckFacts& facts, const Json& object) {
  Passthrough seen = read(object);
  if (!seen.hosts.empty()) facts.passthroughs.push_back(std::move(seen));
}

bool always(const CheckFacts&) {
  return true;
}

bool with_api_gateways(const CheckFacts& facts) {
  const auto& gateways = facts.exporter.gateways;
  return std::any_of(gateways.begin(), gateways.end(),
                     [](const SeenGateway& gateway) { return gateway.of_api; });
}

struct PolicyRow {
  const char* api_version;
  const char* kind;
  void (*take)(CheckFacts&, const Json&);
  bool (*matters)(const CheckFacts&) = always;
};
constexpr std::array<PolicyRow, 5> k_policies{
    {{k_networking, "Gateway", take_gateway<passthrough_of_istio>},
     {"gateway.networking.k8s.io/v1", "Gateway", take_gateway<passthrough_of_api>,
      with_api_gateways},
     {"security.istio.io/v1", "PeerAuthentication", take_authentication},
     {"security.istio.io/v1", "AuthorizationPolicy", take_authorization},
     {k_networking, "Sidecar", take_sidecar}}};

void read_policies(const Host& host, std::vector<CheckFacts>& all) {
  std::vector<Read> reads;
  std::vector<std::pair<CheckFacts*, const PolicyRow*>> whose;
  for (CheckFacts& facts : all) {
    for (const PolicyRow& row : k_policies) {
      if (!row.matters(facts)) continue;
      reads.push_back(lookup::list_of(facts.cluster, row.api_version, row.kind));
      whose.emplace_back(&facts, &row);
    }
  }
  const auto problems = lookup::each_page(host, reads, [&](std::size_t at, const Json& items) {
    for (const Json& item : items) whose[at].second->take(*whose[at].first, item);
  });
  for (std::size_t at = 0; at < problems.size(); ++at) {
    std::optional<Problem>& problem = whose[at].first->exporter.problem;
    if (problems[at] && !problem) problem = problems[at];
  }
}

/// Who may not list them over all namespaces has the other rows all the same.
void read_network_policies(const Host& host, std::vector<CheckFacts>& all) {
  std::vector<Read> reads;
  for (CheckFacts& facts : all) {
    facts.network_policies.emplace();
    reads.push_back(lookup::list_of(facts.cluster, "networking.k8s.io/v1", "NetworkPolicy"));
    reads.push_back(lookup::list_of(facts.cluster, "v1", "Namespace"));
  }
  const auto problems = lookup::each_page(host, reads, [&](std::size_t at, const Json& items) {
    CheckFacts& facts = all[at / 2];
    for (const Json& item : items) {
      if (at % 2 == 0) {
        (*facts.network_policies)[lookup::text(item, "/metadata/namespace")].push_back(item);
      } else {
        facts.namespaces[lookup::text(item, "/metadata/name")] =
            labels_of(lookup::value(item, "/metadata/labels"));
      }
    }
  });
  for (std::size_t at = 0; at < problems.size(); ++at) {
    if (problems[at]) all[at / 2].network_policies.reset();
  }
}

/// The pods behind the gateways.
void read_gateway_pods(const Host& host, std::vector<CheckFacts>& all) {
  std::vector<Read> reads;
  std::vector<CheckFacts*> whose;
  for (CheckFacts& facts : all) {
    for (const SeenGateway& gateway : facts.exporter.gateways) {
      std::string labels;
      for (const auto& [key, value] : gateway.selector)
        labels += (labels.empty() ? "" : ",") + key + "=" + value;
      if (labels.empty()) continue;
      reads.push_back(lookup::list_of(facts.cluster, "v1", "Pod", gateway.name_space, labels));
      whose.push_back(&facts);
    }
  }
  lookup::each_page(host, reads, [&](std::size_t at, const Json& items) {
    for (const Json& pod : items) whose[at]->gateway_pods.push_back(seen_pod(pod));
  });
}

/// The roots that the proxies of each cluster trust, as istiod spreads them.
void read_roots(const Host& host, const Asked& asked, std::vector<CheckFacts>& all) {
  std::vector<Read> reads;
  for (const CheckFacts& facts : all) {
    reads.push_back(lookup::object_of(
        facts.cluster, {"v1", "ConfigMap", asked.istio_namespace, "istio-ca-root-cert"}));
  }
  const std::vector<ReadResult> results = host.read(reads);
  for (std::size_t at = 0; at < results.size(); ++at)
    all[at].roots = lookup::text(results[at].object, "/data/root-cert.pem");
}

void hear_istiods(const Host& host, const Asked& asked, std::vector<CheckFacts>& all) {
  std::map<std::string, std::vector<IstiodPod>> pods;
  for (const CheckFacts& facts : all) {
    if (!facts.istiods.empty()) pods[facts.cluster] = facts.istiods;
  }
  std::vector<DebugAsk> asks{{k_clusterz}, {k_networkz}};
  ask_istiods(host, pods, asked.istio_namespace, asks);
  for (CheckFacts& facts : all) {
    facts.registries = asks[0].answers[facts.cluster];
    facts.networks = asks[1].answers[facts.cluster];
  }
}

/// The sets of roots of the clusters that call it; those of its own where it is alone.
std::vector<std::string> roots_for(const CheckFacts& facts, const std::vector<CheckFacts>& all,
                                   std::vector<std::string>& whose) {
  std::vector<std::string> roots;
  for (const CheckFacts& other : all) {
    const bool calls = other.cluster != facts.cluster || all.size() == 1;
    if (!calls || other.roots.empty() ||
        std::find(roots.begin(), roots.end(), other.roots) != roots.end())
      continue;
    roots.push_back(other.roots);
    whose.push_back(other.cluster);
  }
  return roots;
}

Sight look_at(const Host& host, const Export& service, const GatewayAddress& gateway,
              const std::string& domain, const CheckFacts& facts,
              const std::vector<CheckFacts>& all) {
  Sight sight{.port = service.ports.front().number,
              .host = service.host,
              .address = gateway.address + ":" + std::to_string(gateway.port),
              .unreachable = {}};
  std::vector<std::string> whose;
  const std::vector<std::string> roots = roots_for(facts, all, whose);
  try {
    const Json seen =
        host.call("tls/1", "probe",
                  {{"address", gateway.address},
                   {"port", gateway.port},
                   {"serverName", sni_of(sight.port, service.name_space, service.service, domain)},
                   {"alpn", "istio"},
                   {"roots", roots}});
    sight.certificates = seen.at("chain").size();
    const Json faults = seen.value("faults", Json::array());
    for (std::size_t at = 0; at < faults.size() && at < whose.size(); ++at) {
      const std::string fault = faults[at].get<std::string>();
      if (!fault.empty() && sight.untrusted.empty())
        sight.untrusted = "it does not verify to the roots of " + whose[at] + ": " + fault;
    }
    if (seen.contains("problem")) sight.unreachable = problem_from_json(seen["problem"]).message;
  } catch (const Failure& failure) {
    sight.unreachable = failure.problem().message;
  }
  return sight;
}

/// Gateways that this machine cannot reach are asked once and not for every export.
void look_through_gateways(const Host& host, const ExposureRequest& request,
                           std::vector<CheckFacts>& all) {
  const std::string domain = request.settings.value("cluster-domain", std::string("cluster.local"));
  std::size_t looked = 0;
  for (CheckFacts& facts : all) {
    facts.looked = true;
    const ClusterGateway* gateway = gateway_for(request, facts.cluster);
    if (gateway == nullptr || gateway->addresses.empty()) continue;
    for (const Export& service : request.exports) {
      if (service.cluster != facts.cluster || looked++ >= k_probes_max) continue;
      facts.sights.push_back(
          look_at(host, service, gateway->addresses.front(), domain, facts, all));
      if (!facts.sights.back().unreachable.empty()) break;
    }
  }
}

}  // namespace

std::vector<CheckFacts> read_check_facts(const Host& host, const Asked& asked, bool probes) {
  const bool discovery = asked.strategy == "discovery";
  std::vector<CheckFacts> all;
  for (ExporterFacts& exporter : read_exporters(host, asked.mesh, asked.clusters, asked.wishes)) {
    if (std::find(asked.clusters.begin(), asked.clusters.end(), exporter.cluster) ==
        asked.clusters.end())
      continue;
    all.emplace_back();
    all.back().cluster = exporter.cluster;
    all.back().exporter = std::move(exporter);
  }
  std::vector<std::string> clusters;
  for (const CheckFacts& facts : all) clusters.push_back(facts.cluster);
  if (discovery) {
    const auto istiods = running_istiods(host, clusters, asked.istio_namespace);
    for (CheckFacts& facts : all) {
      const auto found = istiods.find(facts.cluster);
      if (found != istiods.end()) facts.istiods = found->second;
    }
    std::vector<DiscoveryFacts> parts = read_discovery_facts(host, clusters, asked.istio_namespace);
    for (std::size_t at = 0; at < all.size(); ++at) all[at].discovery = std::move(parts[at]);
    read_sameness(host, asked, all);
    try_tokens(host, asked, all);
  } else {
    std::vector<AliasFacts> parts =
        read_alias_facts(host, clusters, asked.istio_namespace, Depth::all);
    for (std::size_t at = 0; at < all.size(); ++at) all[at].alias = std::move(parts[at]);
  }
  read_policies(host, all);
  read_network_policies(host, all);
  read_gateway_pods(host, all);
  if (!probes) return all;
  if (discovery) hear_istiods(host, asked, all);
  read_roots(host, asked, all);
  std::vector<ExporterFacts> exporters;
  for (const CheckFacts& facts : all) exporters.push_back(facts.exporter);
  const Choice choice = choose(exporters, asked.wishes, asked.mesh);
  look_through_gateways(host, exposure_request(asked, choice), all);
  return all;
}

}  // namespace mesh::serviceentry
