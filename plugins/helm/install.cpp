#include <algorithm>

#include "kubernetes_versions.hpp"
#include "manifests.hpp"
#include "objects.hpp"
#include "orphans.hpp"
#include "revisions.hpp"
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
                          injector_name(wanted.revision, wanted.name_space)},
                         Until::present, "istiod has made the injection webhook trusted");
    bundle.pointer = "/webhooks/0/clientConfig/caBundle";
    return {wait(cluster, phase_istiod,
                 {"apps/v1", "Deployment", wanted.name_space, istiod_name(wanted.revision)},
                 Until::rollout, "istiod runs"),
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

/// The releases of one cluster, and which of them this installation changes.
struct Part {
  const ClusterFacts& facts;
  Followed followed;
  std::vector<Release> releases;
  std::vector<ReleaseState> states;

  /// base and gateway belong to the revision that they follow; another one leaves them alone.
  bool is_others(std::size_t release, const Wanted& wanted) const {
    if (states[release].status.empty()) return false;
    if (release == phase_gateway) return followed.gateway != wanted.revision;
    return release == phase_crds && followed.base != wanted.revision && !base_is_older();
  }

 private:
  /// A newer revision needs its CRDs, whichever revision base follows.
  bool base_is_older() const {
    const int there =
        minor_of(text_at(facts.validator, "/metadata/labels/app.kubernetes.io~1version"));
    return there >= 0 && minor_of(chart_version(releases[phase_crds].chart)) > there;
  }
};

/// "of Helm release NAME", or of no release.
std::string maker_of(const Json& deployment) {
  const std::string release =
      text_at(deployment, "/metadata/annotations/meta.helm.sh~1release-name");
  if (release.empty()) return "not by Helm";
  return "of Helm release " + release + " in namespace " +
         text_at(deployment, "/metadata/annotations/meta.helm.sh~1release-namespace");
}

/// Istio that somebody else installed is not taken over without a word.
std::optional<Problem> foreign(const Part& part, const Wanted& wanted, bool adopt) {
  for (std::size_t at = 0; at < part.states.size(); ++at) {
    const ReleaseState& state = part.states[at];
    if (state.status.empty() || !state.inputs.empty() || adopt || part.is_others(at, wanted))
      continue;
    return refusal(part.facts, "release " + state.name + " was installed by somebody else",
                   "leave it to him (`skip: [helm]` in mesh.yaml), or take it over with --adopt");
  }
  if (wanted.driver != "helm") return std::nullopt;
  const char* hint =
      "leave it as it is (`skip: [helm]` in mesh.yaml), or remove it first with the tool "
      "that installed it";
  const Json& own = istiod_of(part.facts, wanted.revision);
  if (!own.is_null() && part.states[phase_istiod].status.empty())
    return refusal(part.facts,
                   "istiod of revision " + shown_revision(wanted.revision) + " (Deployment " +
                       text_at(own, "/metadata/name") + ") is there, but " + maker_of(own),
                   hint);
  // Another revision may be anybody's, but helm does not take over CRDs that are of no release.
  if (!part.facts.istiods.empty() && part.states[phase_crds].status.empty() && !adopt)
    return refusal(part.facts,
                   "istiod of revision " +
                       shown_revision(other_revisions(part.facts, wanted.revision).front()) +
                       " is there, but there is no release " + k_base + " in namespace " +
                       wanted.name_space + " for its CRDs",
                   std::string("take them over with --adopt; or ") + hint);
  return std::nullopt;
}

/// Webhooks that nobody will answer, neither now nor after the installation, stop it halfway: the
/// gateway's pod cannot be made, or the Gateway cannot be written.
void refuse_orphans(Plan& plan, const ClusterFacts& facts, const Wanted& wanted) {
  for (const Orphan& orphan : facts.orphans) {
    const bool is_made = orphan.service.name_space == wanted.name_space &&
                         orphan.service.name == istiod_name(wanted.revision);
    if (!is_made && orphan.fails_closed)
      plan.refusals.push_back(
          refusal(facts, text_of(orphan), "delete it: " + deletion_of(orphan, facts.cluster)));
  }
}

/// Who follows a revision without an istiod is configured by nobody.
std::optional<Problem> followed_by_nobody(const ClusterFacts& facts, const Wanted& wanted) {
  if (!wanted.default_revision || *wanted.default_revision == wanted.revision ||
      !istiod_of(facts, *wanted.default_revision).is_null())
    return std::nullopt;
  return refusal(facts,
                 "default-revision is " + shown_revision(*wanted.default_revision) +
                     ", but there is no istiod of that revision",
                 "install it first: --revision " + shown_revision(*wanted.default_revision));
}

/// What runs already is not refused: it is too late for that, and all else would wait for it.
std::optional<Problem> unfit(Plan& plan, const ClusterFacts& facts, const Wanted& wanted) {
  const VersionFit fit = version_fit(wanted.version, facts.kubernetes);
  const bool runs = !istiod_of(facts, wanted.revision).is_null() &&
                    image_tag(istiod_of(facts, wanted.revision)).starts_with(wanted.version);
  const bool bad = fit.severity == Severity::failure;
  if (bad && !runs) return refusal(facts, fit.evidence, fit.fix);
  if (bad || fit.severity == Severity::warning)
    plan.notes.push_back({Severity::warning, facts.cluster, fit.evidence + "; " + fit.fix});
  return std::nullopt;
}

/// What the operator should know about releases that stay as they are.
void note_others(Plan& plan, const Part& part, const Wanted& wanted) {
  const auto note = [&](std::size_t release, const std::string& follows) {
    if (!part.is_others(release, wanted)) return;
    plan.notes.push_back({Severity::info, part.facts.cluster,
                          "release " + part.states[release].name + " follows revision " +
                              shown_revision(follows) + " and stays; --default-revision " +
                              shown_revision(wanted.revision) + " moves it"});
  };
  note(phase_crds, part.followed.base);
  note(phase_gateway, part.followed.gateway);
}

/// What the next plan does to base and gateway, which is known but for the order.
void announce_move(Plan& plan, const Part& part, const Wanted& wanted,
                   const CommandRequest& request, const HelmDriverClient& driver) {
  const std::string& cluster = part.facts.cluster;
  const std::vector<Release> releases =
      releases_of(wanted, request.mesh, request.mesh.member(cluster),
                  {.base = wanted.revision, .gateway = wanted.revision});
  for (std::size_t at = 0; at < releases.size(); ++at) {
    for (const Action& action :
         driver.install({releases[at], wanted.settings, false}, part.states[at])) {
      if (!writes(action.type)) continue;
      Announcement announced = announcement_of(action);
      announced.reason = "it moves to revision " + shown_revision(wanted.revision);
      plan.announces.push_back(std::move(announced));
    }
  }
}

void add_cluster(Plan& plan, const Part& part, const Wanted& wanted, const CommandRequest& request,
                 const HelmDriverClient& driver) {
  const ClusterFacts& facts = part.facts;
  const Member& member = request.mesh.member(facts.cluster);
  if (text_at(facts.name_space, "/status/phase") == "Terminating") {
    plan.refusals.push_back(refusal(facts, "namespace " + wanted.name_space + " is being deleted",
                                    "wait until it is gone, then run the same command again"));
    return;
  }
  for (const auto& problem :
       {foreign(part, wanted, request.flag("adopt")), followed_by_nobody(facts, wanted)}) {
    if (!problem) continue;
    plan.refusals.push_back(*problem);
    return;
  }
  if (const auto problem = unfit(plan, facts, wanted)) {
    plan.refusals.push_back(*problem);
    return;
  }
  refuse_orphans(plan, facts, wanted);
  plan.actions.push_back(network_of(facts, wanted, member));
  const bool moves_later = wanted.default_revision == wanted.revision && !facts.istiods.empty() &&
                           istiod_of(facts, wanted.revision).is_null();
  if (moves_later) {
    plan.continues = true;
    plan.notes.push_back({Severity::info, facts.cluster,
                          "base and gateway move to revision " + shown_revision(wanted.revision) +
                              " when its istiod runs"});
    announce_move(plan, part, wanted, request, driver);
  } else {
    note_others(plan, part, wanted);
  }
  for (std::size_t at = 0; at < part.releases.size(); ++at) {
    // A complete plan names what is there as wanted, too; somebody else's releases it does not.
    const bool named = request.complete && !part.states[at].inputs.empty();
    if (part.is_others(at, wanted) && !named) continue;
    const int phase = static_cast<int>(at);
    std::vector<Action> actions =
        driver.install({part.releases[at], wanted.settings, request.complete}, part.states[at]);
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
  read_orphans(host, all);
  return all;
}

}  // namespace

Plan plan_install(const std::vector<ClusterFacts>& all, const Wanted& wanted,
                  const CommandRequest& request, const Host& host) {
  Plan plan;
  std::vector<Part> parts;
  std::vector<Release> releases;
  // What the operator gave is looked at first: it is wrong whatever the clusters hold.
  for (const ClusterFacts& facts : all) {
    const Followed followed = followed_in(facts, wanted);
    parts.push_back(
        {facts,
         followed,
         releases_of(wanted, request.mesh, request.mesh.member(facts.cluster), followed),
         {}});
    releases.insert(releases.end(), parts.back().releases.begin(), parts.back().releases.end());
  }
  const HelmDriverClient driver = driver_of(wanted, host);
  for (const ClusterFacts& facts : all) {
    if (facts.problem) throw Failure(*facts.problem);
  }
  const std::vector<ReleaseState> states = driver.look(releases);
  auto next = states.begin();
  for (Part& part : parts) {
    const auto end = next + static_cast<std::ptrdiff_t>(part.releases.size());
    part.states.assign(next, end);
    next = end;
    try {
      add_cluster(plan, part, wanted, request, driver);
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
               (wanted.revision.empty() ? "" : ", revision " + wanted.revision + ",") +
               " with an east-west gateway for " + counted(request.clusters.size(), "cluster");
  return plan;
}

Plan upgrade(const CommandRequest& request, const Host& host) {
  const Wanted wanted = wanted_of(request);
  const std::vector<ClusterFacts> all = look(host, request.clusters, wanted);
  Plan plan = plan_install(all, wanted, request, host);
  for (const ClusterFacts& facts : all) {
    if (!istiod_of(facts, wanted.revision).is_null()) continue;
    plan.refusals.push_back(refusal(
        facts,
        facts.istiods.empty()
            ? "there is no Istio to upgrade"
            : "there is no Istio of revision " + shown_revision(wanted.revision) + " to upgrade",
        "install it: kubectl mesh helm install" +
            (wanted.revision.empty() ? "" : " --revision " + wanted.revision)));
  }
  plan.title = "Upgrade Istio" + (wanted.version.empty() ? "" : " to " + wanted.version);
  return plan;
}

}  // namespace mesh::helm
