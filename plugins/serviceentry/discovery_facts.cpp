#include "discovery.hpp"
#include "names.hpp"

#include "mesh/base64.hpp"
#include "mesh/lookup.hpp"

namespace mesh::serviceentry {

namespace {

std::string decoded(const Json& secret, const std::string& key) try {
  return base64_decode(lookup::text(secret, "/data/" + lookup::step(key)));
} catch (const Failure&) {
  return {};
}

bool is_ours(const Json& object) {
  return label_of(object, k_managed_by) == k_us;
}

RemoteSecret remote_of(const Json& secret) {
  RemoteSecret remote;
  remote.name = lookup::text(secret, "/metadata/name");
  remote.uid = lookup::text(secret, "/metadata/uid");
  remote.annotation =
      lookup::text(secret, "/metadata/annotations/" + lookup::step(k_cluster_annotation));
  remote.ours = is_ours(secret);
  remote.from = label_of(secret, k_from);
  const Json& data = lookup::value(secret, "/data");
  if (!data.is_object()) return remote;
  for (const auto& entry : data.items())
    remote.clusters[entry.key()] = decoded(secret, entry.key());
  return remote;
}

/// Any binding of Istio's reader: its name depends on the revision and the namespace.
void take_bindings(DiscoveryFacts& facts, const Json& bindings) {
  for (const Json& binding : lookup::list(bindings, "/items")) {
    const bool ours = is_ours(binding) && lookup::text(binding, "/metadata/name") == k_our_role;
    facts.binding_ours = facts.binding_ours || ours;
    for (const Json& subject : lookup::list(binding, "/subjects")) {
      if (lookup::text(subject, "/name") == k_reader) facts.bound = true;
    }
  }
}

constexpr std::array<ReadResult DiscoveryAnswers::*, 5> k_answers{
    &DiscoveryAnswers::name_space, &DiscoveryAnswers::account, &DiscoveryAnswers::token,
    &DiscoveryAnswers::bindings, &DiscoveryAnswers::remotes};

std::vector<Read> reads_of(const std::string& cluster, const std::string& name_space) {
  return {
      lookup::object_of(cluster, {"v1", "Namespace", "", name_space}),
      lookup::object_of(cluster, {"v1", "ServiceAccount", name_space, k_reader}),
      lookup::object_of(cluster, {"v1", "Secret", name_space, k_token_secret}),
      lookup::list_of(cluster, "rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "",
                      "app=istio-reader"),
      lookup::list_of(cluster, "v1", "Secret", name_space, std::string(k_multi_cluster) + "=true")};
}

}  // namespace

DiscoveryFacts discovery_facts_of(const DiscoveryAnswers& answers) {
  DiscoveryFacts facts;
  facts.cluster = answers.cluster;
  for (const auto part : k_answers) {
    if ((answers.*part).problem && !facts.problem) facts.problem = (answers.*part).problem;
  }
  if (facts.problem) return facts;
  facts.namespace_found = answers.name_space.found;
  facts.namespace_ending =
      lookup::text(answers.name_space.object, "/status/phase") == "Terminating";
  facts.account_found = answers.account.found;
  facts.account_ours = is_ours(answers.account.object);
  facts.token_found = answers.token.found;
  facts.token_ours = is_ours(answers.token.object);
  facts.token = decoded(answers.token.object, "token");
  facts.ca = decoded(answers.token.object, "ca.crt");
  take_bindings(facts, answers.bindings.object);
  for (const Json& secret : lookup::list(answers.remotes.object, "/items"))
    facts.remotes.push_back(remote_of(secret));
  return facts;
}

std::vector<DiscoveryFacts> read_discovery_facts(const Host& host,
                                                 const std::vector<std::string>& clusters,
                                                 const std::string& istio_namespace) {
  std::vector<Read> reads;
  for (const std::string& cluster : clusters) {
    for (Read& read : reads_of(cluster, istio_namespace)) reads.push_back(std::move(read));
  }
  std::vector<ReadResult> results = host.read(reads);
  std::vector<DiscoveryFacts> all;
  for (std::size_t index = 0; index < clusters.size(); ++index) {
    DiscoveryAnswers answers;
    answers.cluster = clusters[index];
    for (std::size_t at = 0; at < k_answers.size(); ++at)
      answers.*k_answers[at] = std::move(results[index * k_answers.size() + at]);
    DiscoveryFacts facts = discovery_facts_of(answers);
    try {
      const ClusterEndpoint endpoint = host.describe(facts.cluster);
      facts.server = endpoint.server;
      facts.server_ca = endpoint.ca;
    } catch (const Failure& failure) {
      facts.server_problem = failure.problem().message;
    }
    all.push_back(std::move(facts));
  }
  return all;
}

}  // namespace mesh::serviceentry
