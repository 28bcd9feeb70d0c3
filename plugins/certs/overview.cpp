#include "mesh/overview.hpp"

#include <algorithm>

#include "checks.hpp"
#include "decide.hpp"
#include "verbs.hpp"

namespace mesh::certs {

namespace {

/// Days until the first certificate of the cluster's own set ends.
std::string days_left(const Assessment& found, Time now) {
  std::optional<Time> first;
  for (const std::vector<Certificate>* list : {&found.signing, &found.chain, &found.roots}) {
    for (const Certificate& one : *list)
      first = std::min(first.value_or(one.not_after), one.not_after);
  }
  if (!first) return "none";
  return std::to_string(std::chrono::floor<std::chrono::days>(*first - now).count()) + "d";
}

std::string root_of(const Assessment& found) {
  std::string text;
  for (const Certificate& root : found.roots) {
    text += (text.empty() ? "" : "+") + short_fingerprint(root.sha256);
  }
  return text.empty() ? "none" : text;
}

std::string set_text(const ClusterFacts& facts) {
  return "Secret cacerts is there already" +
         std::string(facts.ours ? ", made by kubectl mesh" : ", not made by kubectl mesh");
}

/// Another signs, or all clusters have a sound CA of one root that we did not make.
bool is_of_others(const std::vector<ClusterFacts>& all, Time now) {
  const bool signs = std::any_of(all.begin(), all.end(), [](const ClusterFacts& facts) {
    return !other_signer(facts).empty();
  });
  return signs || !roots_of_others(all, now).empty();
}

class CertsOverview : public Overview {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "overview/1";
    extension.name = "certs";
    extension.summary = "The shared CA";
    return extension;
  }

  Detected detect(const OverviewRequest& request, const Host& host) override {
    Detected detected;
    const std::vector<ClusterFacts> all = facts_for(request, host);
    for (const ClusterFacts& facts : all) {
      if (facts.problem) {
        detected.problems.push_back(*facts.problem);
        continue;
      }
      if (const std::string signer = other_signer(facts); !signer.empty())
        detected.notes.push_back(
            {Severity::info, facts.cluster, "workload certificates come from " + signer});
      if (facts.found) detected.notes.push_back({Severity::info, facts.cluster, set_text(facts)});
      if (facts.self_signed_secret) {
        detected.notes.push_back({Severity::info, facts.cluster,
                                  "istiod has signed with a root of its own (istio-ca-secret)"});
      }
    }
    detected.skip = is_of_others(all, now_of(host));
    if (detected.skip) return detected;
    detected.settings = {{"strategy", "self-signed"}};
    detected.comments["strategy"] =
        "who signs the clusters' intermediates; the root key stays on this machine";
    return detected;
  }

  StatusTable status(const OverviewRequest& request, const Host& host) override {
    StatusTable table;
    table.columns = {{"CA ENDS IN", "/days"}, {"ROOT", "/root"}};
    const Time now = now_of(host);
    for (const ClusterFacts& facts : facts_for(request, host)) {
      if (facts.problem) {
        table.problems.push_back(*facts.problem);
        continue;
      }
      const Assessment found = assess(facts, now);
      table.rows.push_back(
          {{"cluster", facts.cluster}, {"days", days_left(found, now)}, {"root", root_of(found)}});
    }
    return table;
  }

 private:
  static std::vector<ClusterFacts> facts_for(const OverviewRequest& request, const Host& host) {
    const CommandRequest asked{.verb = {},
                               .clusters = request.clusters,
                               .options = Json::object(),
                               .settings = request.settings};
    return read_facts(host, look_of(with_mesh_file(asked), Depth::spread));
  }
};

}  // namespace

ExtensionPtr make_overview() {
  return std::make_unique<CertsOverview>();
}

}  // namespace mesh::certs
