#include "install.hpp"

namespace mesh::certs {

Plan remove(const CommandRequest& request, const Host& host) {
  Plan plan;
  plan.title = "Remove the shared CA";
  const std::vector<ClusterFacts> all = read_facts(host, request.clusters, Depth::install);
  refuse_unread(plan, all);
  for (const ClusterFacts& facts : all) {
    if (!facts.found) continue;
    if (!facts.ours) {
      plan.refusals.push_back(refusal(facts, "Secret istio-system/cacerts is not ours",
                                      "delete it by hand, if nothing uses it"));
      continue;
    }
    if (!facts.istiod_started.empty()) {
      plan.notes.push_back({Severity::warning, facts.cluster,
                            "istiod signs with this CA: when it restarts it will make a root of "
                            "its own, and calls to the other clusters will fail"});
    }
    Action action;
    action.type = ActionType::remove;
    action.cluster = facts.cluster;
    action.reason = "made by certs install";
    action.target = secret_ref();
    action.precondition = {{"/metadata/uid", facts.uid}};
    plan.actions.push_back(std::move(action));
  }
  const CaRoots roots = CaClient(strategy_name(request), host).roots(ca_request(request));
  if (!roots.signer.empty())
    plan.notes.push_back({Severity::info, "",
                          "the authority keeps its root" +
                              (roots.where.empty() ? std::string() : " in " + roots.where) +
                              "; certs install will use it again"});
  return plan;
}

}  // namespace mesh::certs
