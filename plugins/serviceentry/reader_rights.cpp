#include <algorithm>
#include <charconv>

#include "checks.hpp"

namespace mesh::serviceentry {

namespace {

/// A kind that istiod lists in another cluster, and without which its registry does not sync.
struct Watched {
  const char* api_version;
  const char* kind;
  int since;       ///< minor version of Istio
  bool if_served;  ///< istiod watches it only where the API server has it
};

// pkg/kube/multicluster/cluster.go, and what the components of a remote cluster watch: credentials
// (Secrets) and, since 1.29, the mesh configuration with the trust domain (ConfigMaps). The feature
// flags of ambient mode and of the multi-cluster services API are off by default.
constexpr std::array<Watched, 8> k_watched{{{"v1", "Namespace", 0, false},
                                            {"v1", "Service", 0, false},
                                            {"v1", "Pod", 0, false},
                                            {"v1", "Node", 0, false},
                                            {"discovery.k8s.io/v1", "EndpointSlice", 0, false},
                                            {"v1", "Secret", 0, false},
                                            {"v1", "ConfigMap", 29, false},
                                            {"gateway.networking.k8s.io/v1", "Gateway", 28, true}}};

/// 31 of "1.31.0"; what cannot be read counts as the newest.
int minor_of(const std::string& tag) {
  constexpr int k_newest = 1000;
  int minor = k_newest;
  const std::size_t dot = tag.find('.');
  if (dot != std::string::npos)
    std::from_chars(tag.data() + dot + 1, tag.data() + tag.size(), minor);
  return minor;
}

/// The newest istiod of the other clusters.
int newest_watcher(const CheckFacts& facts, const std::vector<CheckFacts>& all) {
  int newest = -1;
  for (const CheckFacts& other : all) {
    if (other.cluster == facts.cluster) continue;
    for (const IstiodPod& pod : other.istiods) newest = std::max(newest, minor_of(pod.tag));
  }
  return newest < 0 ? minor_of("") : newest;
}

std::string token_for(const CheckFacts& facts, const std::string& name,
                      const std::vector<CheckFacts>& all) {
  for (const CheckFacts& other : all) {
    const std::string token = token_held(other.discovery, name);
    if (other.cluster != facts.cluster && !token.empty()) return token;
  }
  return "";
}

}  // namespace

void try_tokens(const Host& host, const Asked& asked, std::vector<CheckFacts>& all) {
  Json reads = Json::array();
  std::vector<std::pair<CheckFacts*, const Watched*>> whose;
  for (CheckFacts& facts : all) {
    const std::string token = token_for(facts, asked.mesh.member(facts.cluster).name, all);
    if (token.empty()) continue;
    facts.refused.emplace();
    const int version = newest_watcher(facts, all);
    for (const Watched& row : k_watched) {
      if (row.since > version) continue;
      reads.push_back({{"cluster", facts.cluster},
                       {"apiVersion", row.api_version},
                       {"kind", row.kind},
                       {"limit", 1},
                       {"token", token}});
      whose.emplace_back(&facts, &row);
      if (!row.if_served) facts.watched.push_back(std::string(row.kind) + "s");
    }
  }
  if (reads.empty()) return;
  const Json answers = host.call("kube.read/1", "try", {{"reads", reads}}).at("answers");
  for (std::size_t at = 0; at < whose.size(); ++at) {
    if (!answers[at].contains("problem")) continue;
    Problem problem = problem_from_json(answers[at]["problem"]);
    const auto& [facts, row] = whose[at];
    const bool unserved = row->if_served && problem.code == "missing";
    if (!unserved) facts->refused->push_back(std::move(problem));
  }
}

}  // namespace mesh::serviceentry
