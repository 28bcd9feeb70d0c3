#include <algorithm>

#include "objects.hpp"
#include "revisions.hpp"
#include "verbs.hpp"

#include "mesh/counted.hpp"

namespace mesh::helm {

namespace {

constexpr const char* k_managed_by_pointer = "/metadata/labels/app.kubernetes.io~1managed-by";

Action remove(const std::string& cluster, int phase, ObjectRef target, std::string reason) {
  Action action;
  action.type = ActionType::remove;
  action.cluster = cluster;
  action.phase = phase;
  action.target = std::move(target);
  action.reason = std::move(reason);
  return action;
}

/// What Istio leaves behind when it goes, and helm does not know.
struct Leftover {
  const char* api_version;
  const char* kind;
  const char* labels;
  const char* name_space;          ///< as announced: any
  std::vector<std::string> names;  ///< as announced
};
const std::vector<Leftover> k_leftovers{
    {"v1", "ConfigMap", "istio.io/config=true", "*", {"istio-ca-root-cert", "istio-ca-crl"}},
    {"apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "", {"*.istio.io"}}};

bool is_leftover(const Json& object) {
  const std::string name = text_at(object, "/metadata/name");
  if (text_at(object, "/kind") == "CustomResourceDefinition" || name.ends_with(".istio.io")) {
    // Of a release, or of the driver that renders: another helm could not take those over.
    return text_at(object, "/metadata/annotations/meta.helm.sh~1release-name") == k_base ||
           text_at(object, k_managed_by_pointer) == "kubectl-mesh";
  }
  return name == "istio-ca-root-cert" || name == "istio-ca-crl";
}

/// The kinds whose objects an operator may have made himself: those stay, and their CRD with them.
std::vector<Action> leftovers_of(const std::string& cluster, const Host& host) {
  std::vector<Read> reads;
  for (const Leftover& row : k_leftovers) {
    reads.push_back({.cluster = cluster,
                     .object = {row.api_version, row.kind, "", ""},
                     .labels = row.labels,
                     .next = {}});
  }
  const std::vector<ReadResult> lists = host.read(reads);
  std::vector<Action> actions;
  std::vector<Read> instances;
  std::vector<ObjectRef> definitions;
  for (std::size_t at = 0; at < lists.size(); ++at) {
    if (lists[at].problem) throw Failure(*lists[at].problem);
    for (const Json& object : items_of(lists[at])) {
      if (!is_leftover(object)) continue;
      const ObjectRef ref{k_leftovers[at].api_version, k_leftovers[at].kind,
                          text_at(object, "/metadata/namespace"),
                          text_at(object, "/metadata/name")};
      if (ref.kind != "CustomResourceDefinition") {
        actions.push_back(remove(cluster, 0, ref, "istiod put it there"));
        continue;
      }
      definitions.push_back(ref);
      std::string version = "v1";
      for (const Json& candidate : list_at(object, "/spec/versions")) {
        if (value_at(candidate, "/storage") == true) version = text_at(candidate, "/name");
      }
      instances.push_back({.cluster = cluster,
                           .object = {text_at(object, "/spec/group") + "/" + version,
                                      text_at(object, "/spec/names/kind"), "", ""},
                           .labels = {},
                           .limit = 1,
                           .next = {}});
    }
  }
  const std::vector<ReadResult> found = host.read(instances);
  for (std::size_t at = 0; at < found.size(); ++at) {
    const bool used = found[at].problem || !items_of(found[at]).empty();
    if (!used) actions.push_back(remove(cluster, 1, definitions[at], "no object of it is left"));
  }
  return actions;
}

/// All that leftovers_of may find.
void announce_leftovers(Plan& plan, const std::string& cluster) {
  const std::string reason = "Istio leaves it, if nothing uses it any more";
  for (const Leftover& row : k_leftovers) {
    for (const std::string& name : row.names)
      plan.announces.push_back({.type = ActionType::remove,
                                .cluster = cluster,
                                .target = {row.api_version, row.kind, row.name_space, name},
                                .reason = reason});
  }
}

Problem refusal(const std::string& cluster, const std::string& what, const std::string& hint) {
  Problem problem;
  problem.code = "refused";
  problem.message = cluster + ": " + what;
  problem.hint = hint;
  problem.cluster = cluster;
  return problem;
}

/// What is to go from one cluster, and what has been found of it.
struct Removal {
  const ClusterFacts& facts;
  bool ending = false;                 ///< the mesh ends: all that this tool installed goes
  Followed followed;                   ///< now
  std::vector<std::string> revisions;  ///< of istiod, that are to go
  std::vector<Release> releases;       ///< the gateway, an istiod for each revision, base
  std::vector<ReleaseState> states;

  bool goes(const std::string& revision) const {
    return std::find(revisions.begin(), revisions.end(), revision) != revisions.end();
  }
  bool is_ours(const std::string& revision) const {
    return std::any_of(states.begin(), states.end(), [&](const ReleaseState& state) {
      return state.name == istiod_name(revision) && !state.inputs.empty();
    });
  }
  /// Returns the revisions that stay, of a release of this tool first.
  std::vector<std::string> staying() const {
    std::vector<std::string> names = revisions_in(facts);
    std::erase_if(names, [&](const std::string& name) { return goes(name); });
    std::stable_partition(names.begin(), names.end(),
                          [&](const std::string& name) { return is_ours(name); });
    return names;
  }
};

Release release_named(const ClusterFacts& facts, const Wanted& wanted, const std::string& name) {
  Release release;
  release.cluster = facts.cluster;
  release.name = name;
  release.name_space = wanted.name_space;
  return release;
}

Removal part_of(const ClusterFacts& facts, Wanted wanted, bool ending) {
  wanted.default_revision.reset();  // what is followed now, not what is to be
  Removal part{facts, ending, followed_in(facts, wanted), {wanted.revision}, {}, {}};
  std::vector<std::string> revisions = other_revisions(facts, wanted.revision);
  revisions.push_back(wanted.revision);
  part.releases.push_back(release_named(facts, wanted, k_gateway));
  for (const std::string& revision : revisions)
    part.releases.push_back(release_named(facts, wanted, istiod_name(revision)));
  part.releases.push_back(release_named(facts, wanted, k_base));
  return part;
}

void take_all_of_ours(Removal& part) {
  for (const std::string& revision : revisions_in(part.facts)) {
    if (!part.goes(revision) && part.is_ours(revision)) part.revisions.push_back(revision);
  }
}

enum RemovalPhase { removal_exposure, removal_gateway, removal_istiod, removal_base };

/// Base and gateway go with the revision that they follow. While another of this tool stays, they
/// have to be moved to it first: their istiod would be missing.
class Remover {
 public:
  Remover(Plan& plan, const Wanted& wanted, const HelmDriverClient& driver)
      : m_plan(plan), m_wanted(wanted), m_driver(driver) {}

  void remove_from(const Removal& part) {
    const std::size_t base = part.releases.size() - 1;
    if (part.ending || lets_go(part, 0, part.followed.gateway)) {
      remove_exposure(part);
      remove_release(part, 0, removal_gateway);
    }
    for (std::size_t at = 1; at < base; ++at) {
      if (goes(part, at)) remove_release(part, at, removal_istiod);
    }
    if (lets_go(part, base, part.followed.base)) remove_release(part, base, removal_base);
  }

 private:
  /// Whether a release that follows a revision can go.
  bool lets_go(const Removal& part, std::size_t at, const std::string& follows) {
    const std::vector<std::string> staying = part.staying();
    if (!part.goes(follows)) return staying.empty();
    if (staying.empty() || !part.is_ours(staying.front()) || part.states[at].status.empty())
      return true;
    refuse_following(part, at, follows, staying.front());
    return false;
  }

  static bool goes(const Removal& part, std::size_t at) {
    return std::any_of(part.revisions.begin(), part.revisions.end(),
                       [&](const std::string& revision) {
                         return part.releases[at].name == istiod_name(revision);
                       });
  }

  void refuse_following(const Removal& part, std::size_t at, const std::string& follows,
                        const std::string& other) {
    m_plan.refusals.push_back(refusal(
        part.facts.cluster,
        "release " + part.releases[at].name + " follows revision " + shown_revision(follows) +
            ", which is to go while revision " + shown_revision(other) + " stays",
        "move it first: kubectl mesh helm upgrade --revision " + shown_revision(other) +
            " --default-revision " + shown_revision(other) + " --contexts " + part.facts.cluster));
  }

  void remove_exposure(const Removal& part) {
    if (text_at(part.facts.cross_network, k_managed_by_pointer) != "kubectl-mesh") return;
    m_plan.actions.push_back(
        remove(part.facts.cluster, removal_exposure,
               {"networking.istio.io/v1", "Gateway", m_wanted.name_space, "cross-network-gateway"},
               "this tool made it"));
  }

  void remove_release(const Removal& part, std::size_t at, int phase) {
    if (part.states[at].inputs.empty()) {
      if (!part.states[at].status.empty())
        m_plan.notes.push_back(
            {Severity::info, part.facts.cluster,
             "release " + part.releases[at].name + " is somebody else's and stays"});
      return;
    }
    for (Action& action :
         m_driver.uninstall({part.releases[at], m_wanted.settings}, part.states[at])) {
      action.phase = phase;
      m_plan.actions.push_back(std::move(action));
    }
  }

  Plan& m_plan;
  const Wanted& m_wanted;
  const HelmDriverClient& m_driver;
};

}  // namespace

Plan uninstall(const CommandRequest& request, const Host& host) {
  const Wanted wanted = wanted_of(request);
  const std::vector<ClusterFacts> all = read_facts(host, request.clusters, wanted);
  Plan plan;
  plan.title = "Remove Istio from " + counted(all.size(), "cluster");
  std::vector<Removal> parts;
  std::vector<Release> releases;
  for (const ClusterFacts& facts : all) {
    if (facts.problem) throw Failure(*facts.problem);
    parts.push_back(part_of(facts, wanted, request.ending));
    releases.insert(releases.end(), parts.back().releases.begin(), parts.back().releases.end());
  }
  const HelmDriverClient driver = driver_of(wanted, host);
  const std::vector<ReleaseState> states = driver.look(releases);
  auto next = states.begin();
  for (Removal& part : parts) {
    const auto end = next + static_cast<std::ptrdiff_t>(part.releases.size());
    part.states.assign(next, end);
    next = end;
    if (part.ending) take_all_of_ours(part);
    Remover(plan, wanted, driver).remove_from(part);
  }
  if (!plan.refusals.empty()) return plan;
  if (!plan.actions.empty()) {
    plan.continues = true;  // what helm leaves behind is seen when it is done
    for (const ClusterFacts& facts : all) {
      if (!request.flag("keep-crds")) announce_leftovers(plan, facts.cluster);
    }
    return plan;
  }
  for (const ClusterFacts& facts : all) {
    if (!facts.istiods.empty() || request.flag("keep-crds")) continue;
    for (Action& action : leftovers_of(facts.cluster, host))
      plan.actions.push_back(std::move(action));
  }
  return plan;
}

}  // namespace mesh::helm
