#include <algorithm>
#include <array>

#include "sets.hpp"
#include "verbs.hpp"

#include "mesh/counted.hpp"

namespace mesh::certs {

namespace {

constexpr std::int64_t k_namespace_seconds = 120;

/// What would suffer, before it does.
void note_dependants(Plan& plan, const ClusterFacts& facts) {
  if (facts.istiod.empty()) {
    plan.notes.push_back({Severity::info, facts.cluster, "no istiod runs here that would use it"});
    return;
  }
  plan.notes.push_back(
      {Severity::warning, facts.cluster,
       counted(facts.istiod.size(), "istiod pod signs", "istiod pods sign") + " with this CA and " +
           counted(facts.root_config_maps.size(), "namespace trusts", "namespaces trust") +
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

// What Kubernetes and istiod put into the namespace by themselves, and nobody misses: an istiod
// without cacerts makes istio-ca-secret.
constexpr std::array<const char*, 8> k_unmissed{
    "kube-root-ca.crt",      "istio-ca-root-cert",
    "istio-ca-crl",          "istio-leader",
    "istio-ip-autoallocate", "istio-namespace-controller-election",
    "istio-ca-secret",       "default"};
constexpr std::array<std::pair<const char*, const char*>, 6> k_inhabitants{
    {{"v1", "Pod"},
     {"v1", "Service"},
     {"v1", "Secret"},
     {"v1", "ConfigMap"},
     {"v1", "ServiceAccount"},
     {"apps/v1", "Deployment"}}};

/// Deleting a namespace deletes all that others put there meanwhile: only an empty one goes.
bool is_empty(const ClusterFacts& facts, const Host& host) {
  std::vector<Read> reads;
  for (const auto& [version, kind] : k_inhabitants) {
    reads.push_back({.cluster = facts.cluster,
                     .object = {version, kind, facts.name_space, ""},
                     .labels = {},
                     .next = {}});
  }
  for (const ReadResult& list : host.read(reads)) {
    if (list.problem || !list.next.empty()) return false;
    for (const Json& item : list.object.value("items", Json::array())) {
      const Json metadata = item.value("metadata", Json::object());
      const std::string name = metadata.value("name", std::string());
      // Istio's pods take a while to drain.
      const bool leaving = metadata.contains("deletionTimestamp");
      const bool usual = leaving || name == "cacerts" ||
                         std::find(k_unmissed.begin(), k_unmissed.end(), name) != k_unmissed.end();
      if (!usual) return false;
    }
  }
  return true;
}

Action remove_secret(const ClusterFacts& facts) {
  Action action;
  action.type = ActionType::remove;
  action.cluster = facts.cluster;
  action.reason = "made by certs install";
  action.target = secret_ref(facts.name_space);
  action.precondition = {{"/metadata/uid", facts.uid}};
  return action;
}

Action on_namespace(ActionType type, const ClusterFacts& facts, std::string reason) {
  Action action;
  action.type = type;
  action.cluster = facts.cluster;
  action.phase = 1;
  action.reason = std::move(reason);
  action.target = {"v1", "Namespace", "", facts.name_space};
  return action;
}

/// And waits for its end, as `kubectl delete` does: who runs `up` next must not find it half gone.
void end_namespace(Plan& plan, const ClusterFacts& facts, bool ahead, const Host& host) {
  if (!facts.namespace_ending) {
    const bool empty = is_empty(facts, host);
    Action action = on_namespace(ActionType::remove, facts, "this tool made it; nothing is in it");
    if (!empty && ahead) plan.announces.push_back(announcement_of(action));
    if (!empty) return;
    plan.actions.push_back(std::move(action));
  }
  Action wait = on_namespace(ActionType::wait, facts, "what is in it goes with it");
  wait.until = Until::gone;
  wait.seconds = k_namespace_seconds;
  plan.actions.push_back(std::move(wait));
}

}  // namespace

Plan remove(const CommandRequest& given, const Host& host) {
  const CommandRequest request = with_mesh_file(given);
  Plan plan;
  plan.title = "Remove the shared CA";
  const std::vector<ClusterFacts> all = read_facts(host, look_of(request, Depth::spread));
  refuse_unread(plan, all);
  for (const ClusterFacts& facts : all) {
    if (facts.problem) continue;
    if (facts.found && !facts.ours) {
      plan.refusals.push_back(refusal(facts, secret_name(facts) + " was not made by kubectl mesh",
                                      "delete it by hand, if nothing uses it"));
      continue;
    }
    if (facts.found) {
      if (!request.ahead) note_dependants(plan, facts);
      plan.actions.push_back(remove_secret(facts));
    }
    if (request.ending && facts.namespace_ours) end_namespace(plan, facts, request.ahead, host);
  }
  const std::string where = whereabouts(request, host);
  if (!where.empty() && !plan.actions.empty())
    plan.notes.push_back(
        {Severity::info, "",
         "the authority keeps its root in " + where + "; certs install will use it again"});
  return plan;
}

}  // namespace mesh::certs
