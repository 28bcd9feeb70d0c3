#include "facts.hpp"

#include <array>
#include <set>

#include "objects.hpp"
#include "revisions.hpp"

#include "mesh/workloads.hpp"

namespace mesh::helm {

namespace {

struct ReadRow {
  Read (*read)(const std::string& cluster, const Wanted& wanted);
  void (*take)(ClusterFacts& facts, const ReadResult& result);
};

constexpr const char* k_network_label = "topology.istio.io/network";

Read read_of(const std::string& cluster, ObjectRef object, std::string labels = {}) {
  return {.cluster = cluster, .object = std::move(object), .labels = std::move(labels), .next = {}};
}

void take_deployments(ClusterFacts& facts, const ReadResult& result) {
  for (const Json& deployment : items_of(result)) {
    const std::string app = text_at(deployment, "/metadata/labels/app");
    if (app == "istiod") facts.istiods.push_back(deployment);
    facts.deployments.push_back(deployment);
  }
}

constexpr const char* k_admission = "admissionregistration.k8s.io/v1";

/// Who waits for the other clusters' calls has the label and their port, whatever his name is; ours
/// goes before others.
void take_gateway_services(ClusterFacts& facts, const ReadResult& result) {
  for (const Json& service : items_of(result)) {
    const bool ours = text_at(service, "/metadata/name") == k_gateway &&
                      text_at(service, "/metadata/namespace") == facts.name_space_name;
    const bool preferred = facts.gateway_service.is_null() || ours;
    if (preferred && gateway_port(service) != 0) facts.gateway_service = service;
  }
}

void take_opened(ClusterFacts& facts, const ReadResult& result,
                 Passthrough (*read)(const Json& gateway)) {
  for (const Json& gateway : items_of(result)) {
    Passthrough opened = read(gateway);
    if (!opened.hosts.empty()) facts.opened.push_back(std::move(opened));
  }
}

void take_istio_gateways(ClusterFacts& facts, const ReadResult& result) {
  for (const Json& gateway : items_of(result)) {
    if (text_at(gateway, "/metadata/name") == "cross-network-gateway" &&
        text_at(gateway, "/metadata/namespace") == facts.name_space_name)
      facts.cross_network = gateway;
  }
  take_opened(facts, result, passthrough_of_istio);
}

constexpr std::array<ReadRow, 7> k_reads{
    {{[](const std::string& cluster, const Wanted& wanted) {
        return read_of(cluster, {"v1", "Namespace", "", wanted.name_space});
      },
      [](ClusterFacts& facts, const ReadResult& result) { facts.name_space = result.object; }},
     {[](const std::string& cluster, const Wanted& wanted) {
        return read_of(cluster, {"apps/v1", "Deployment", wanted.name_space, ""});
      },
      take_deployments},
     {[](const std::string& cluster, const Wanted& wanted) {
        static_cast<void>(wanted);
        return read_of(cluster, {"v1", "Service", "", ""}, k_network_label);
      },
      take_gateway_services},
     {[](const std::string& cluster, const Wanted& wanted) {
        static_cast<void>(wanted);
        return read_of(cluster, {"networking.istio.io/v1", "Gateway", "", ""});
      },
      take_istio_gateways},
     {[](const std::string& cluster, const Wanted& wanted) {
        return read_of(cluster,
                       {"v1", "ConfigMap", wanted.name_space, mesh_config_name(wanted.revision)});
      },
      [](ClusterFacts& facts, const ReadResult& result) { facts.mesh_config_map = result.object; }},
     {[](const std::string& cluster, const Wanted& wanted) {
        static_cast<void>(wanted);
        return read_of(cluster, {k_admission, "MutatingWebhookConfiguration", "", ""},
                       "app=sidecar-injector");
      },
      [](ClusterFacts& facts, const ReadResult& result) {
        for (const Json& injector : items_of(result)) facts.injectors.push_back(injector);
      }},
     {[](const std::string& cluster, const Wanted& wanted) {
        static_cast<void>(wanted);
        return read_of(cluster, {k_admission, "ValidatingWebhookConfiguration", "", ""},
                       "app=istiod");
      },
      [](ClusterFacts& facts, const ReadResult& result) {
        for (const Json& validator : items_of(result)) {
          facts.validators.push_back(validator);
          if (text_at(validator, "/metadata/name") == "istiod-default-validator")
            facts.validator = validator;
        }
      }}}};

/// Where no revision is named and no istiod is of the default one, the tag "default" says which is.
void select_revisions(const Host& host, std::vector<ClusterFacts>& all, const Wanted& wanted) {
  std::vector<Read> reads;
  std::vector<ClusterFacts*> whose;
  for (ClusterFacts& facts : all) {
    facts.revision = wanted.revision;
    const std::string tagged = tagged_default(facts);
    if (wanted.revision.empty() && !tagged.empty() && istiod_of(facts, "").is_null()) {
      facts.revision = tagged;
      reads.push_back(
          read_of(facts.cluster, {"v1", "ConfigMap", wanted.name_space, mesh_config_name(tagged)}));
      whose.push_back(&facts);
    }
    for (const Json& injector : facts.injectors) {
      const bool tag = !text_at(injector, "/metadata/labels/istio.io~1tag").empty();
      const bool selected = revision_in(value_at(injector, "/metadata/labels")) == facts.revision;
      if (selected && !tag) facts.webhook = injector;
    }
  }
  if (reads.empty()) return;
  const std::vector<ReadResult> results = host.read(reads);
  for (std::size_t at = 0; at < results.size(); ++at) {
    if (results[at].problem && !whose[at]->problem) whose[at]->problem = results[at].problem;
    whose[at]->mesh_config_map = results[at].object;
  }
}

bool is_behind(const Json& deployment, const Json& service) {
  const Labels selector = labels_of(value_at(service, "/spec/selector"));
  if (text_at(deployment, "/metadata/namespace") != text_at(service, "/metadata/namespace"))
    return false;
  if (selector.empty()) return text_at(deployment, "/metadata/name") == k_gateway;
  return selects({{"matchLabels", selector}},
                 labels_of(value_at(deployment, "/spec/template/metadata/labels")));
}

/// What only some gateways need: that they are in a namespace of their own, or of the Gateway API.
void read_elsewhere(const Host& host, std::vector<ClusterFacts>& all) {
  std::vector<Read> reads;
  std::vector<ClusterFacts*> whose;
  for (ClusterFacts& facts : all) {
    if (facts.problem || facts.gateway_service.is_null()) continue;
    const std::string there = text_at(facts.gateway_service, "/metadata/namespace");
    if (there != facts.name_space_name) {
      reads.push_back(read_of(facts.cluster, {"apps/v1", "Deployment", there, ""}));
      whose.push_back(&facts);
    }
    if (is_of_api_gateway(facts.gateway_service)) {
      reads.push_back(
          read_of(facts.cluster, {"gateway.networking.k8s.io/v1", "Gateway", there, ""}));
      whose.push_back(&facts);
    }
  }
  if (reads.empty()) return;
  const std::vector<ReadResult> results = host.read(reads);
  for (std::size_t at = 0; at < results.size(); ++at) {
    if (results[at].problem && !whose[at]->problem) whose[at]->problem = results[at].problem;
    if (reads[at].object.kind == "Gateway") {
      take_opened(*whose[at], results[at], passthrough_of_api);
    } else {
      for (const Json& deployment : items_of(results[at]))
        whose[at]->deployments.push_back(deployment);
    }
  }
}

/// The Deployments behind the gateway's Service; without one, that of our name.
void find_gateways(std::vector<ClusterFacts>& all) {
  for (ClusterFacts& facts : all) {
    for (const Json& deployment : facts.deployments) {
      const bool named =
          facts.gateway_service.is_null() && text_at(deployment, "/metadata/name") == k_gateway;
      if (named || is_behind(deployment, facts.gateway_service))
        facts.gateways.push_back(deployment);
    }
  }
}

/// The mesh's configuration is YAML in a text, which the host reads.
void take_mesh_config(const Host& host, ClusterFacts& facts) try {
  const std::string text = text_at(facts.mesh_config_map, "/data/mesh");
  if (text.empty()) return;
  const std::vector<Json> documents =
      host.parse_yaml(text, "the mesh configuration of " + facts.cluster);
  if (!documents.empty() && documents.front().is_object()) facts.mesh_config = documents.front();
} catch (const Failure& failure) {
  facts.mesh_unread = failure.problem().message;
}

const Json& istiod_container(const Json& deployment) {
  static const Json k_none;
  for (const Json& container : value_at(deployment, "/spec/template/spec/containers")) {
    if (text_at(container, "/name") == "discovery") return container;
  }
  return k_none;
}

std::int64_t number_at(const Json& object, const std::string& pointer, std::int64_t fallback) {
  const Json& value = value_at(object, pointer);
  return value.is_number_integer() ? value.get<std::int64_t>() : fallback;
}

}  // namespace

std::vector<ClusterFacts> read_facts(const Host& host, const std::vector<std::string>& clusters,
                                     const Wanted& wanted) {
  std::vector<Read> reads;
  for (const std::string& cluster : clusters) {
    for (const ReadRow& row : k_reads) reads.push_back(row.read(cluster, wanted));
  }
  const std::vector<ReadResult> results = host.read(reads);
  std::vector<ClusterFacts> all;
  for (std::size_t at = 0; at < clusters.size(); ++at) {
    ClusterFacts facts;
    facts.cluster = clusters[at];
    facts.name_space_name = wanted.name_space;
    for (std::size_t row = 0; row < k_reads.size(); ++row) {
      const ReadResult& result = results[at * k_reads.size() + row];
      if (result.problem && !facts.problem) facts.problem = result.problem;
      k_reads[row].take(facts, result);
    }
    all.push_back(std::move(facts));
  }
  select_revisions(host, all, wanted);
  read_elsewhere(host, all);
  find_gateways(all);
  for (ClusterFacts& facts : all) take_mesh_config(host, facts);
  return all;
}

void read_versions(const Host& host, std::vector<ClusterFacts>& all) {
  Json clusters = Json::array();
  for (const ClusterFacts& facts : all) clusters.push_back(facts.cluster);
  const Json reply = host.call("cluster/1", "versions", {{"clusters", clusters}});
  for (std::size_t at = 0; at < all.size(); ++at) {
    all[at].kubernetes = text_at(reply.at("versions").at(at), "/version");
  }
}

void read_policies(const Host& host, std::vector<ClusterFacts>& all) {
  std::vector<Read> reads;
  std::vector<ClusterFacts*> whose;
  for (ClusterFacts& facts : all) {
    std::set<std::string> namespaces{facts.name_space_name};
    const std::string gateways = text_at(facts.gateway_service, "/metadata/namespace");
    if (!gateways.empty()) namespaces.insert(gateways);
    for (const std::string& name_space : namespaces) {
      reads.push_back(
          read_of(facts.cluster, {"networking.k8s.io/v1", "NetworkPolicy", name_space, ""}));
      whose.push_back(&facts);
    }
  }
  const std::vector<ReadResult> results = host.read(reads);
  for (std::size_t at = 0; at < results.size(); ++at) {
    if (results[at].problem) continue;
    const Json items = items_of(results[at]);
    whose[at]->policies[reads[at].object.name_space].assign(items.begin(), items.end());
  }
}

int gateway_port(const Json& service) {
  const std::string said = text_at(service, "/metadata/labels/networking.istio.io~1gatewayPort");
  const std::string wanted = said.empty() ? "15443" : said;
  for (const Json& port : list_at(service, "/spec/ports")) {
    const std::int64_t number = number_at(port, "/port", 0);
    if (std::to_string(number) == wanted) return static_cast<int>(number);
  }
  return 0;
}

std::string istiod_environment(const Json& deployment, const std::string& name) {
  for (const Json& variable : list_at(istiod_container(deployment), "/env")) {
    if (text_at(variable, "/name") == name) return text_at(variable, "/value");
  }
  return "";
}

std::string trust_domain_of(const ClusterFacts& facts) {
  const std::string said = text_at(facts.mesh_config, "/trustDomain");
  return said.empty() ? "cluster.local" : said;
}

std::string image_tag(const Json& deployment) {
  return image_version(text_at(istiod_container(deployment), "/image"));
}

bool is_ready(const Json& deployment) {
  const std::int64_t wanted = number_at(deployment, "/spec/replicas", 1);
  return wanted > 0 && number_at(deployment, "/status/availableReplicas", 0) >= wanted;
}

std::string readiness(const Json& deployment) {
  return std::to_string(number_at(deployment, "/status/availableReplicas", 0)) + " of " +
         std::to_string(number_at(deployment, "/spec/replicas", 1)) + " ready";
}

std::vector<std::string> gateway_addresses(const Json& service) {
  std::vector<std::string> addresses;
  for (const Json& entry : list_at(service, "/status/loadBalancer/ingress")) {
    const std::string ip = text_at(entry, "/ip");
    addresses.push_back(ip.empty() ? text_at(entry, "/hostname") : ip);
  }
  for (const Json& entry : list_at(service, "/spec/externalIPs")) {
    if (addresses.empty() && entry.is_string()) addresses.push_back(entry.get<std::string>());
  }
  return addresses;
}

}  // namespace mesh::helm
