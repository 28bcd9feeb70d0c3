#include "checks.hpp"

namespace mesh::serviceentry {

namespace {

/// What istiod lists of another cluster first of all.
constexpr std::array<std::pair<const char*, const char*>, 4> k_watched{
    {{"v1", "Service"}, {"v1", "Pod"}, {"v1", "Node"}, {"discovery.k8s.io/v1", "EndpointSlice"}}};

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
  std::vector<CheckFacts*> whose;
  for (CheckFacts& facts : all) {
    const std::string token = token_for(facts, asked.mesh.member(facts.cluster).name, all);
    if (token.empty()) continue;
    facts.refused.emplace();
    for (const auto& [api_version, kind] : k_watched) {
      reads.push_back({{"cluster", facts.cluster},
                       {"apiVersion", api_version},
                       {"kind", kind},
                       {"limit", 1},
                       {"token", token}});
      whose.push_back(&facts);
    }
  }
  if (reads.empty()) return;
  const Json answers = host.call("kube.read/1", "try", {{"reads", reads}}).at("answers");
  for (std::size_t at = 0; at < whose.size(); ++at) {
    if (answers[at].contains("problem"))
      whose[at]->refused->push_back(problem_from_json(answers[at]["problem"]));
  }
}

}  // namespace mesh::serviceentry
