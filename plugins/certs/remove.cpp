#include "sets.hpp"
#include "verbs.hpp"

namespace mesh::certs {

namespace {

std::string how_many(std::size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

/// What would suffer, before it does.
void note_dependants(Plan& plan, const ClusterFacts& facts) {
  if (facts.istiod.empty()) {
    plan.notes.push_back({Severity::info, facts.cluster, "no istiod runs here that would use it"});
    return;
  }
  plan.notes.push_back(
      {Severity::warning, facts.cluster,
       how_many(facts.istiod.size(), "istiod pod signs", "istiod pods sign") +
           " with this CA and " +
           how_many(facts.root_config_maps.size(), "namespace trusts", "namespaces trust") +
           " its root: when istiod restarts it makes a root of its own, and calls to the other "
           "clusters fail"});
}

/// Where the root is, for the word that it stays. A strategy that does not answer stops no removal.
std::string whereabouts(const CommandRequest& request, const Host& host) try {
  const CaRoots roots = CaClient(strategy_name(request), host).roots(ca_request(request));
  if (roots.signer.empty()) return "";
  return roots.where.empty() ? "its own folder" : roots.where;
} catch (const Failure&) {
  return "";
}

}  // namespace

Plan remove(const CommandRequest& given, const Host& host) {
  const CommandRequest request = with_mesh_file(given);
  Plan plan;
  plan.title = "Remove the shared CA";
  const std::vector<ClusterFacts> all =
      read_facts(host, request.clusters, istio_namespace(request), Depth::spread);
  refuse_unread(plan, all);
  for (const ClusterFacts& facts : all) {
    if (!facts.found || facts.problem) continue;
    if (!facts.ours) {
      plan.refusals.push_back(refusal(facts, secret_name(facts) + " was not made by kubectl mesh",
                                      "delete it by hand, if nothing uses it"));
      continue;
    }
    note_dependants(plan, facts);
    Action action;
    action.type = ActionType::remove;
    action.cluster = facts.cluster;
    action.reason = "made by certs install";
    action.target = secret_ref(facts.name_space);
    action.precondition = {{"/metadata/uid", facts.uid}};
    plan.actions.push_back(std::move(action));
  }
  const std::string where = whereabouts(request, host);
  if (!where.empty() && !plan.actions.empty())
    plan.notes.push_back(
        {Severity::info, "",
         "the authority keeps its root in " + where + "; certs install will use it again"});
  return plan;
}

}  // namespace mesh::certs
