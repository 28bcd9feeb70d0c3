#include "facts.hpp"

#include <array>

#include "objects.hpp"
#include "revisions.hpp"

#include "mesh/workloads.hpp"

namespace mesh::helm {

namespace {

struct ReadRow {
  Read (*read)(const std::string& cluster, const Wanted& wanted);
  void (*take)(ClusterFacts& facts, const ReadResult& result);
};

Read read_of(const std::string& cluster, ObjectRef object, std::string labels = {}) {
  return {.cluster = cluster, .object = std::move(object), .labels = std::move(labels), .next = {}};
}

void take_deployments(ClusterFacts& facts, const ReadResult& result) {
  for (const Json& deployment : items_of(result)) {
    const std::string app = text_at(deployment, "/metadata/labels/app");
    if (app == "istiod") facts.istiods.push_back(deployment);
    if (text_at(deployment, "/metadata/name") == k_gateway) facts.gateways.push_back(deployment);
  }
}

constexpr const char* k_admission = "admissionregistration.k8s.io/v1";

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
        return read_of(cluster, {"v1", "Service", wanted.name_space, k_gateway});
      },
      [](ClusterFacts& facts, const ReadResult& result) { facts.gateway_service = result.object; }},
     {[](const std::string& cluster, const Wanted& wanted) {
        return read_of(cluster, {"networking.istio.io/v1", "Gateway", wanted.name_space,
                                 "cross-network-gateway"});
      },
      [](ClusterFacts& facts, const ReadResult& result) { facts.cross_network = result.object; }},
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
        return read_of(cluster, {k_admission, "ValidatingWebhookConfiguration", "",
                                 "istiod-default-validator"});
      },
      [](ClusterFacts& facts, const ReadResult& result) { facts.validator = result.object; }}}};

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
    const std::string name = injector_name(facts.revision, wanted.name_space);
    for (const Json& injector : facts.injectors) {
      if (text_at(injector, "/metadata/name") == name) facts.webhook = injector;
    }
  }
  if (reads.empty()) return;
  const std::vector<ReadResult> results = host.read(reads);
  for (std::size_t at = 0; at < results.size(); ++at) {
    if (results[at].problem && !whose[at]->problem) whose[at]->problem = results[at].problem;
    whose[at]->mesh_config_map = results[at].object;
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
    for (std::size_t row = 0; row < k_reads.size(); ++row) {
      const ReadResult& result = results[at * k_reads.size() + row];
      if (result.problem && !facts.problem) facts.problem = result.problem;
      k_reads[row].take(facts, result);
    }
    all.push_back(std::move(facts));
  }
  select_revisions(host, all, wanted);
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

void read_policies(const Host& host, std::vector<ClusterFacts>& all, const Wanted& wanted) {
  std::vector<Read> reads;
  for (const ClusterFacts& facts : all) {
    reads.push_back(
        read_of(facts.cluster, {"networking.k8s.io/v1", "NetworkPolicy", wanted.name_space, ""}));
  }
  const std::vector<ReadResult> results = host.read(reads);
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (results[at].problem) continue;
    const Json items = items_of(results[at]);
    all[at].policies.emplace(items.begin(), items.end());
  }
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
