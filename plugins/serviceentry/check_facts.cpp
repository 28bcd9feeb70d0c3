#include "checks.hpp"

namespace mesh::serviceentry {

namespace {

constexpr int k_istiod_debug = 15014;
constexpr std::size_t k_probes_max = 20;  // a handshake each, from this machine

std::map<std::string, std::string> texts(const Json& map) {
  std::map<std::string, std::string> found;
  if (!map.is_object()) return found;
  for (const auto& [key, value] : map.items()) {
    if (value.is_string()) found[key] = value.get<std::string>();
  }
  return found;
}

void take_gateway(CheckFacts& facts, const Json& object) {
  SeenPassthrough seen{.name_space = lookup::text(object, "/metadata/namespace"),
                       .name = lookup::text(object, "/metadata/name"),
                       .selector = texts(lookup::value(object, "/spec/selector")),
                       .hosts = {}};
  for (const Json& server : lookup::list(object, "/spec/servers")) {
    if (lookup::text(server, "/tls/mode") != "AUTO_PASSTHROUGH") continue;
    for (const Json& host : lookup::list(server, "/hosts")) {
      if (!host.is_string()) continue;
      const std::string text = host.get<std::string>();
      seen.hosts.push_back(text.substr(text.find('/') + 1));
    }
  }
  if (!seen.hosts.empty()) facts.passthroughs.push_back(std::move(seen));
}

void take_authentication(CheckFacts& facts, const Json& object) {
  facts.authentications.push_back({.name_space = lookup::text(object, "/metadata/namespace"),
                                   .name = lookup::text(object, "/metadata/name"),
                                   .mode = lookup::text(object, "/spec/mtls/mode"),
                                   .hosts = {}});
}

void take_sidecar(CheckFacts& facts, const Json& object) {
  SeenPolicy seen{.name_space = lookup::text(object, "/metadata/namespace"),
                  .name = lookup::text(object, "/metadata/name"),
                  .mode = {},
                  .hosts = {}};
  for (const Json& egress : lookup::list(object, "/spec/egress")) {
    for (const Json& host : lookup::list(egress, "/hosts")) {
      if (host.is_string()) seen.hosts.push_back(host.get<std::string>());
    }
  }
  facts.sidecars.push_back(std::move(seen));
}

struct ListRow {
  const char* api_version;
  const char* kind;
  void (*take)(CheckFacts&, const Json&);
};
constexpr std::array<ListRow, 3> k_lists{
    {{k_networking, "Gateway", take_gateway},
     {"security.istio.io/v1", "PeerAuthentication", take_authentication},
     {k_networking, "Sidecar", take_sidecar}}};

void read_policies(const Host& host, std::vector<CheckFacts>& all) {
  std::vector<Read> reads;
  std::vector<std::pair<CheckFacts*, const ListRow*>> whose;
  for (CheckFacts& facts : all) {
    for (const ListRow& row : k_lists) {
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

/// One running istiod of each cluster.
std::map<std::string, std::string> istiod_pods(const Host& host, const Asked& asked) {
  std::vector<Read> reads;
  for (const std::string& cluster : asked.clusters)
    reads.push_back(lookup::list_of(cluster, "v1", "Pod", asked.istio_namespace, "app=istiod"));
  std::map<std::string, std::string> pods;
  lookup::each_page(host, reads, [&](std::size_t at, const Json& items) {
    for (const Json& pod : items) {
      const bool runs = lookup::text(pod, "/status/phase") == "Running" &&
                        lookup::text(pod, "/metadata/deletionTimestamp").empty();
      if (runs) pods.try_emplace(reads[at].cluster, lookup::text(pod, "/metadata/name"));
    }
  });
  return pods;
}

Heard heard(const PodAnswer& answer) {
  if (answer.problem) return {.document = {}, .why = answer.problem->message};
  if (answer.status != 200)
    return {.document = {}, .why = "istiod answered HTTP " + std::to_string(answer.status)};
  Json document = Json::parse(answer.bytes, nullptr, false);
  if (document.is_discarded()) return {.document = {}, .why = "istiod answered no JSON"};
  return {.document = std::move(document), .why = {}};
}

void ask_istiods(const Host& host, const Asked& asked, std::vector<CheckFacts>& all) {
  const std::map<std::string, std::string> pods = istiod_pods(host, asked);
  std::vector<PodAsk> asks;
  std::vector<std::optional<Heard>*> places;
  for (CheckFacts& facts : all) {
    const auto pod = pods.find(facts.cluster);
    if (pod == pods.end()) continue;
    for (const auto& [path, place] : {std::pair{"/debug/clusterz", &facts.registries},
                                      std::pair{"/debug/networkz", &facts.networks}}) {
      asks.push_back({.cluster = facts.cluster,
                      .name_space = asked.istio_namespace,
                      .pod = pod->second,
                      .port = k_istiod_debug,
                      .path = path,
                      .frame = {}});
      places.push_back(place);
    }
  }
  if (asks.empty()) return;
  try {
    const std::vector<PodAnswer> answers = host.ask_pods(asks);
    for (std::size_t at = 0; at < answers.size(); ++at) *places[at] = heard(answers[at]);
  } catch (const Failure& failure) {
    for (std::optional<Heard>* place : places)
      *place = Heard{.document = {}, .why = failure.problem().message};
  }
}

Sight look_at(const Host& host, const Export& service, const GatewayAddress& gateway,
              const std::string& domain) {
  Sight sight{.port = service.ports.front().number,
              .host = service.host,
              .address = gateway.address + ":" + std::to_string(gateway.port),
              .unreachable = {}};
  try {
    const TlsSight seen =
        host.probe({.address = gateway.address,
                    .port = gateway.port,
                    .server_name = sni_of(sight.port, service.name_space, service.service, domain),
                    .alpn = "istio"});
    sight.certificates = seen.chain.size();
    if (seen.problem) sight.unreachable = seen.problem->message;
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
      facts.sights.push_back(look_at(host, service, gateway->addresses.front(), domain));
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
  read_gateway_pods(host, all);
  if (!probes) return all;
  if (discovery) ask_istiods(host, asked, all);
  std::vector<ExporterFacts> exporters;
  for (const CheckFacts& facts : all) exporters.push_back(facts.exporter);
  const Choice choice = choose(exporters, asked.wishes, asked.mesh);
  look_through_gateways(host, exposure_request(asked, choice), all);
  return all;
}

}  // namespace mesh::serviceentry
