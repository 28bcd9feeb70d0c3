#include <algorithm>
#include <array>

#include "objects.hpp"
#include "verbs.hpp"

#include "mesh/counted.hpp"

namespace mesh::helm {

namespace {

constexpr const char* k_managed_by = "/metadata/labels/app.kubernetes.io~1managed-by";

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
};
constexpr std::array<Leftover, 2> k_leftovers{
    {{"v1", "ConfigMap", "istio.io/config=true"},
     {"apiextensions.k8s.io/v1", "CustomResourceDefinition", ""}}};

bool is_leftover(const Json& object) {
  const std::string name = text_at(object, "/metadata/name");
  if (text_at(object, "/kind") == "CustomResourceDefinition" || name.ends_with(".istio.io")) {
    // Of a release, or of the driver that renders: another helm could not take those over.
    return text_at(object, "/metadata/annotations/meta.helm.sh~1release-name") == "istio-base" ||
           text_at(object, k_managed_by) == "kubectl-mesh";
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

}  // namespace

Plan uninstall(const CommandRequest& request, const Host& host) {
  Wanted wanted = wanted_of(request);
  const std::vector<ClusterFacts> all = read_facts(host, request.clusters, wanted);
  Plan plan;
  plan.title = "Remove Istio from " + counted(all.size(), "cluster");
  std::vector<Release> releases;
  for (const ClusterFacts& facts : all) {
    if (facts.problem) throw Failure(*facts.problem);
    for (const std::string& name :
         {std::string(k_gateway), istiod_name(wanted), std::string("istio-base")}) {
      Release release;
      release.cluster = facts.cluster;
      release.name = name;
      release.name_space = wanted.name_space;
      releases.push_back(std::move(release));
    }
  }
  const HelmDriverClient driver = driver_of(wanted, host);
  const std::vector<ReleaseState> states = driver.look(releases);
  const std::size_t each = all.empty() ? 1 : releases.size() / all.size();
  for (const ClusterFacts& facts : all) {
    if (text_at(facts.cross_network, k_managed_by) != "kubectl-mesh") continue;
    plan.actions.push_back(
        remove(facts.cluster, 0,
               {"networking.istio.io/v1", "Gateway", wanted.name_space, "cross-network-gateway"},
               "this tool made it"));
  }
  for (std::size_t at = 0; at < releases.size(); ++at) {
    if (states[at].inputs.empty()) {
      if (!states[at].status.empty()) {
        plan.notes.push_back({Severity::info, releases[at].cluster,
                              "release " + releases[at].name + " is somebody else's and stays"});
      }
      continue;
    }
    for (Action& action : driver.uninstall({releases[at], wanted.settings}, states[at])) {
      action.phase = 1 + static_cast<int>(at % each);
      plan.actions.push_back(std::move(action));
    }
  }
  if (!plan.actions.empty()) {
    plan.continues = true;  // what helm leaves behind is seen when it is done
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
