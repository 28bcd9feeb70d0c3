#include "facts.hpp"
#include "verbs.hpp"

#include "mesh/lookup.hpp"

// The matrix of trust: a call from one cluster into another works when each side's certificate
// leads to a root that the other side holds.

namespace mesh::certs {

namespace {

struct Side {
  std::string cluster;
  Assessment found;
};

/// "yes", or why `judge` does not accept what istiod of `signer` signs.
std::string accepts(const Side& judge, const Side& signer, Time now) {
  if (signer.found.signing.empty() || judge.found.roots.empty()) {
    const Side& lacking = judge.found.roots.empty() ? judge : signer;
    return "no: " + lacking.cluster + " is " + in_words(lacking.found);
  }
  const std::string problem =
      chain_problem(signer.found.signing.front(), signer.found.chain, judge.found.roots, now);
  return problem.empty() ? "yes" : "no: " + problem;
}

}  // namespace

Report trust(const CommandRequest& given, const Host& host) {
  const CommandRequest request = with_mesh_file(given);
  Report report;
  report.kind = "TrustMatrix";
  report.columns = {{"CLUSTER", "/cluster"}};
  const Time now = now_of(host);
  std::vector<Side> sides;
  for (const ClusterFacts& facts :
       read_facts(host, request.clusters, istio_namespace(request), Depth::set)) {
    if (facts.problem) {
      report.problems.push_back(*facts.problem);
    } else {
      sides.push_back({facts.cluster, assess(facts, now)});
    }
  }
  for (const Side& judge : sides) {
    report.columns.push_back({"BY " + judge.cluster, "/trustedBy/" + lookup::step(judge.cluster)});
  }
  for (const Side& signer : sides) {
    Json row{{"cluster", signer.cluster}, {"trustedBy", Json::object()}};
    for (const Side& judge : sides) {
      const std::string verdict = accepts(judge, signer, now);
      row["trustedBy"][judge.cluster] = verdict;
      if (verdict != "yes") report.failed = true;
    }
    report.items.push_back(std::move(row));
  }
  return report;
}

}  // namespace mesh::certs
