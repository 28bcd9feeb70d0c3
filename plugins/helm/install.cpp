#include <algorithm>

#include "kubernetes_versions.hpp"
#include "manifests.hpp"
#include "objects.hpp"
#include "verbs.hpp"

#include "mesh/counted.hpp"

namespace mesh::helm {

namespace {

// Every cluster ends one before any begins the next: CRDs, control planes, gateways.
enum Phase { phase_crds, phase_istiod, phase_gateway, phase_expose };
constexpr std::int64_t k_wait = 180;

Action wait(const std::string& cluster, int phase, ObjectRef target, Until until,
            std::string reason) {
  Action action;
  action.type = ActionType::wait;
  action.cluster = cluster;
  action.phase = phase;
  action.target = std::move(target);
  action.until = until;
  action.reason = std::move(reason);
  action.seconds = k_wait;
  return action;
}

Action apply(const std::string& cluster, int phase, Json object, std::string reason) {
  Action action;
  action.type = ActionType::apply;
  action.cluster = cluster;
  action.phase = phase;
  action.object = std::move(object);
  action.reason = std::move(reason);
  return action;
}

/// The network first: what starts before it is known sends pod addresses to other clusters.
Action network_of(const ClusterFacts& facts, const Wanted& wanted, const Member& member) {
  Json object = parse_json(k_namespace_manifest, "the namespace manifest");
  object["metadata"]["name"] = wanted.name_space;
  // A namespace of somebody else's stays his.
  const std::string owner =
      text_at(facts.name_space, "/metadata/labels/app.kubernetes.io~1managed-by");
  if (!facts.name_space.is_null() && owner != "kubectl-mesh") {
    object["metadata"].erase("labels");
  }
  object["metadata"]["labels"]["topology.istio.io/network"] = member.network;
  return apply(facts.cluster, phase_crds, std::move(object), "its network is " + member.network);
}

/// A release's exit status is helm's word; these look at the cluster.
std::vector<Action> looks_after(const std::string& cluster, const Wanted& wanted,
                                std::size_t release) {
  if (release == phase_crds) {
    Action established = wait(cluster, phase_crds,
                              {"apiextensions.k8s.io/v1", "CustomResourceDefinition", "",
                               "serviceentries.networking.istio.io"},
                              Until::condition, "the API server serves Istio's kinds");
    established.value = "Established";
    return {established};
  }
  if (release == phase_istiod) {
    Action bundle = wait(cluster, phase_istiod,
                         {"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "",
                          wanted.revision.empty() ? "istio-sidecar-injector"
                                                  : "istio-sidecar-injector-" + wanted.revision},
                         Until::present, "istiod has made the injection webhook trusted");
    bundle.pointer = "/webhooks/0/clientConfig/caBundle";
    return {wait(cluster, phase_istiod,
                 {"apps/v1", "Deployment", wanted.name_space, istiod_name(wanted)}, Until::rollout,
                 "istiod runs"),
            bundle};
  }
  return {wait(cluster, phase_gateway, {"apps/v1", "Deployment", wanted.name_space, k_gateway},
               Until::rollout, "the east-west gateway runs")};
}

Problem refusal(const ClusterFacts& facts, const std::string& what, const std::string& hint) {
  Problem problem;
  problem.code = "refused";
  problem.message = facts.cluster + ": " + what;
  problem.hint = hint;
  problem.cluster = facts.cluster;
  return problem;
}

/// Istio that somebody else installed is not taken over without a word.
std::optional<Problem> foreign(const ClusterFacts& facts, const Wanted& wanted,
                               const std::vector<ReleaseState>& states, bool adopt) {
  for (const ReleaseState& state : states) {
    if (state.status.empty() || !state.inputs.empty() || adopt) continue;
    return refusal(facts, "release " + state.name + " was installed by somebody else",
                   "leave it to him (`skip: [helm]` in mesh.yaml), or take it over with --adopt");
  }
  const bool released = std::any_of(states.begin(), states.end(), [&](const ReleaseState& state) {
    return state.name == istiod_name(wanted) && !state.status.empty();
  });
  if (facts.istiods.empty() || released || wanted.driver != "helm") return std::nullopt;
  return refusal(
      facts, "istiod is there, but not by Helm",
      "leave it as it is (`skip: [helm]` in mesh.yaml), or remove it first with the tool "
      "that installed it");
}

/// What runs already is not refused: it is too late for that, and all else would wait for it.
std::optional<Problem> unfit(Plan& plan, const ClusterFacts& facts, const Wanted& wanted) {
  const VersionFit fit = version_fit(wanted.version, facts.kubernetes);
  const bool runs = std::any_of(
      facts.istiods.begin(), facts.istiods.end(),
      [&](const Json& istiod) { return image_tag(istiod).starts_with(wanted.version); });
  const bool bad = fit.severity == Severity::failure;
  if (bad && !runs) return refusal(facts, fit.evidence, fit.fix);
  if (bad || fit.severity == Severity::warning)
    plan.notes.push_back({Severity::warning, facts.cluster, fit.evidence + "; " + fit.fix});
  return std::nullopt;
}

void add_cluster(Plan& plan, const ClusterFacts& facts, const Wanted& wanted,
                 const std::vector<Release>& releases, const std::vector<ReleaseState>& states,
                 const CommandRequest& request, const HelmDriverClient& driver) {
  const Member& member = request.mesh.member(facts.cluster);
  if (text_at(facts.name_space, "/status/phase") == "Terminating") {
    plan.refusals.push_back(refusal(facts, "namespace " + wanted.name_space + " is being deleted",
                                    "wait until it is gone, then run the same command again"));
    return;
  }
  if (const auto problem = foreign(facts, wanted, states, request.flag("adopt"))) {
    plan.refusals.push_back(*problem);
    return;
  }
  if (const auto problem = unfit(plan, facts, wanted)) {
    plan.refusals.push_back(*problem);
    return;
  }
  plan.actions.push_back(network_of(facts, wanted, member));
  for (std::size_t at = 0; at < releases.size(); ++at) {
    const int phase = static_cast<int>(at);
    std::vector<Action> actions =
        driver.install({releases[at], wanted.settings, request.complete}, states[at]);
    for (Action& action : actions) {
      action.phase = phase;
      plan.actions.push_back(std::move(action));
    }
    for (Action& action : looks_after(facts.cluster, wanted, at)) {
      plan.actions.push_back(std::move(action));
    }
  }
  Json gateway = parse_json(k_gateway_manifest, "the gateway manifest");
  gateway["metadata"]["namespace"] = wanted.name_space;
  plan.actions.push_back(apply(facts.cluster, phase_expose, std::move(gateway),
                               "services are reachable through the gateway"));
}

std::vector<ClusterFacts> look(const Host& host, const std::vector<std::string>& clusters,
                               const Wanted& wanted) {
  std::vector<ClusterFacts> all = read_facts(host, clusters, wanted);
  read_versions(host, all);
  return all;
}

}  // namespace

Plan plan_install(const std::vector<ClusterFacts>& all, const Wanted& wanted,
                  const CommandRequest& request, const Host& host) {
  Plan plan;
  std::vector<Release> releases;
  // What the operator gave is looked at first: it is wrong whatever the clusters hold.
  for (const ClusterFacts& facts : all) {
    const std::vector<Release> some =
        releases_of(wanted, request.mesh, request.mesh.member(facts.cluster));
    releases.insert(releases.end(), some.begin(), some.end());
  }
  const HelmDriverClient driver = driver_of(wanted, host);
  for (const ClusterFacts& facts : all) {
    if (facts.problem) throw Failure(*facts.problem);
  }
  const std::vector<ReleaseState> states = driver.look(releases);
  const std::size_t each = all.empty() ? 0 : releases.size() / all.size();
  for (std::size_t at = 0; at < all.size(); ++at) {
    const auto part = [&](const auto& list) {
      const auto begin = list.begin() + static_cast<std::ptrdiff_t>(at * each);
      return std::decay_t<decltype(list)>(begin, begin + static_cast<std::ptrdiff_t>(each));
    };
    try {
      add_cluster(plan, all[at], wanted, part(releases), part(states), request, driver);
    } catch (const Failure& failure) {
      if (failure.problem().code != "refused") throw;
      plan.refusals.push_back(failure.problem());
    }
  }
  return plan;
}

Plan install(const CommandRequest& request, const Host& host) {
  const Wanted wanted = wanted_of(request);
  Plan plan = plan_install(look(host, request.clusters, wanted), wanted, request, host);
  plan.title = "Istio" + (wanted.version.empty() ? "" : " " + wanted.version) +
               " with an east-west gateway for " + counted(request.clusters.size(), "cluster");
  return plan;
}

Plan upgrade(const CommandRequest& request, const Host& host) {
  const Wanted wanted = wanted_of(request);
  const std::vector<ClusterFacts> all = look(host, request.clusters, wanted);
  Plan plan = plan_install(all, wanted, request, host);
  for (const ClusterFacts& facts : all) {
    if (!facts.istiods.empty()) continue;
    plan.refusals.push_back(
        refusal(facts, "there is no Istio to upgrade", "install it: kubectl mesh helm install"));
  }
  plan.title = "Upgrade Istio" + (wanted.version.empty() ? "" : " to " + wanted.version);
  return plan;
}

}  // namespace mesh::helm
