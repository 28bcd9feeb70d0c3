#include "acceptance.hpp"
#include "verbs.hpp"

#include "mesh/lookup.hpp"

// The matrix of trust: a call from one cluster into another works when each side's certificate
// leads to a root that the other side holds: by the Secrets, and by what the proxies present and
// trust.

namespace mesh::certs {

namespace {

struct Side {
  const ClusterFacts* facts;
  Assessment found;
  const std::string& cluster() const { return facts->cluster; }
};

/// "yes", or why `judge` does not accept what comes from `signer`.
std::string accepts(const Side& judge, const Side& signer, const Acceptance& mesh, Time now) {
  if (signer.found.signing.empty() || judge.found.roots.empty()) {
    const Side& lacking = judge.found.roots.empty() ? judge : signer;
    return "no: " + lacking.cluster() + " is " + in_words(lacking.found);
  }
  const std::string problem =
      chain_problem(signer.found.signing.front(), signer.found.chain, judge.found.roots, now);
  if (!problem.empty()) return "no: " + problem;
  std::vector<Lack> lacks = mesh.dropped(*signer.facts, judge.cluster());
  for (Lack& lack : mesh.distrust(*judge.facts, signer.cluster())) lacks.push_back(std::move(lack));
  return lacks.empty() ? "yes" : "no: " + lacks_text(lacks);
}

}  // namespace

Report trust(const CommandRequest& given, const Host& host) {
  const CommandRequest request = with_mesh_file(given);
  Report report;
  report.kind = "TrustMatrix";
  report.columns = {{"CLUSTER", "/cluster"}};
  const Time now = now_of(host);
  const std::vector<ClusterFacts> all = read_facts(host, look_of(request, Depth::proxies));
  const Acceptance mesh(all, now);
  std::vector<Side> sides;
  for (const ClusterFacts& facts : all) {
    if (facts.problem) {
      report.problems.push_back(*facts.problem);
      continue;
    }
    sides.push_back({&facts, assess(facts, now)});
    const std::string unread = facts.unlisted ? facts.unlisted->message : unread_text(facts);
    if (!unread.empty())
      report.notes.push_back(
          {Severity::warning, facts.cluster,
           unread + (facts.unlisted ? "; said of its Secret alone"
                                    : "; judged by age, which is an inference")});
  }
  for (const Side& judge : sides) {
    report.columns.push_back(
        {"BY " + judge.cluster(), "/trustedBy/" + lookup::step(judge.cluster())});
  }
  for (const Side& signer : sides) {
    Json row{{"cluster", signer.cluster()}, {"trustedBy", Json::object()}};
    for (const Side& judge : sides) {
      const std::string verdict = accepts(judge, signer, mesh, now);
      row["trustedBy"][judge.cluster()] = verdict;
      if (verdict != "yes") report.failed = true;
    }
    report.items.push_back(std::move(row));
  }
  return report;
}

}  // namespace mesh::certs
