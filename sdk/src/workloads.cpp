#include "mesh/workloads.hpp"

#include <algorithm>
#include <array>

#include "mesh/lookup.hpp"

namespace mesh {

namespace {

constexpr std::array<const char*, 3> k_restartable{"Deployment", "StatefulSet", "DaemonSet"};

/// A number or a percentage of `all`, rounded as the controller does.
std::int64_t share(const Json& value, std::int64_t all, bool up) {
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_string()) return 0;
  const std::int64_t percent = std::atoll(value.get<std::string>().c_str());
  return up ? (all * percent + 99) / 100 : all * percent / 100;
}

void take_deployment(Workload& seen, const Json& object) {
  if (lookup::value(object, "/spec/paused") == true) seen.stuck = "it is paused";
  if (lookup::text(object, "/spec/strategy/type") == "Recreate") {
    seen.away = seen.replicas;
    return;
  }
  const Json& rolling = lookup::value(object, "/spec/strategy/rollingUpdate");
  const Json unavailable = lookup::value(rolling, "/maxUnavailable");
  const Json surge = lookup::value(rolling, "/maxSurge");
  seen.away = share(unavailable.is_null() ? Json("25%") : unavailable, seen.replicas, false);
  const std::int64_t more = share(surge.is_null() ? Json("25%") : surge, seen.replicas, true);
  if (seen.away == 0 && more == 0) seen.away = 1;
}

void take_one_by_one(Workload& seen, const Json& object) {
  if (lookup::text(object, "/spec/updateStrategy/type") == "OnDelete")
    seen.stuck = "its update strategy is OnDelete";
  const Json& unavailable =
      lookup::value(object, "/spec/updateStrategy/rollingUpdate/maxUnavailable");
  seen.away = unavailable.is_null()
                  ? 1
                  : std::max<std::int64_t>(1, share(unavailable, seen.replicas, true));
}

/// Who makes ReplicaSets, and the label by which it tells them apart.
struct SetOwnerRow {
  const char* label;
  const char* kind;
};
constexpr std::array<SetOwnerRow, 2> k_set_owners{{{"pod-template-hash", "Deployment"},
                                                   // Argo Rollouts
                                                   {"rollouts-pod-template-hash", "Rollout"}}};

/// A ReplicaSet is its owner's by its hash.
PodOwner owner_of_set(const Json& pod, PodOwner set) {
  for (const SetOwnerRow& row : k_set_owners) {
    const std::string hash = lookup::text(pod, std::string("/metadata/labels/") + row.label);
    const std::string end = "-" + hash;
    if (hash.empty() || !set.name.ends_with(end)) continue;
    return {.kind = row.kind, .name = set.name.substr(0, set.name.size() - end.size())};
  }
  return set;
}

}  // namespace

PodOwner owner_of(const Json& pod) {
  PodOwner found;
  for (const Json& owner : lookup::list(pod, "/metadata/ownerReferences")) {
    if (lookup::value(owner, "/controller") != true) continue;
    found = {.kind = lookup::text(owner, "/kind"), .name = lookup::text(owner, "/name")};
    if (found.kind == "ReplicaSet") found = owner_of_set(pod, std::move(found));
  }
  return found;
}

bool is_gone(const Json& pod) {
  const std::string phase = lookup::text(pod, "/status/phase");
  return phase == "Succeeded" || phase == "Failed" ||
         !lookup::text(pod, "/metadata/deletionTimestamp").empty();
}

std::string image_version(const std::string& image) {
  const std::string name = image.substr(0, image.find('@'));
  const std::size_t colon = name.rfind(':');
  if (colon == std::string::npos || name.find('/', colon) != std::string::npos) return {};
  const std::string tag = name.substr(colon + 1);
  return tag.substr(0, tag.find('-'));
}

Workload workload_of(const std::string& kind, const Json& object) {
  Workload seen;
  seen.kind = kind;
  seen.name_space = lookup::text(object, "/metadata/namespace");
  seen.name = lookup::text(object, "/metadata/name");
  seen.pod_labels = labels_of(lookup::value(object, "/spec/template/metadata/labels"));
  seen.replicas = kind == "DaemonSet" ? lookup::number(object, "/status/desiredNumberScheduled", 1)
                                      : lookup::number(object, "/spec/replicas", 1);
  if (kind == "Deployment") {
    take_deployment(seen, object);
  } else {
    take_one_by_one(seen, object);
  }
  return seen;
}

Budget budget_of(const Json& object) {
  return {.name_space = lookup::text(object, "/metadata/namespace"),
          .name = lookup::text(object, "/metadata/name"),
          .selector = lookup::value(object, "/spec/selector"),
          .allowed = lookup::number(object, "/status/disruptionsAllowed")};
}

namespace {

/// How pods are replaced that no rollout of Kubernetes replaces.
std::string restart_by_others(const PodOwner& owner, const std::string& name_space) {
  if (owner.kind == "Rollout")
    return "Argo Rollouts restarts it: kubectl argo rollouts restart " + owner.name + " -n " +
           name_space;
  if (owner.kind == "Job") return "a Job runs to its end: its next run is a new pod";
  return "restart it by what owns its pods, " + owner.kind + " " + owner.name +
         "; a rollout restarts a Deployment, StatefulSet or DaemonSet";
}

}  // namespace

std::string restart_fault(const PodOwner& owner, const std::string& name_space,
                          const std::vector<Workload>& workloads,
                          const std::vector<Budget>& budgets) {
  if (owner.name.empty()) return "no workload made it: delete it, and make it again";
  if (std::find(k_restartable.begin(), k_restartable.end(), owner.kind) == k_restartable.end())
    return restart_by_others(owner, name_space);
  const auto found = std::find_if(workloads.begin(), workloads.end(), [&](const Workload& one) {
    return one.kind == owner.kind && one.name_space == name_space && one.name == owner.name;
  });
  if (found == workloads.end()) return "its " + owner.kind + " is not there";
  if (!found->stuck.empty()) return found->stuck;
  for (const Budget& budget : budgets) {
    if (budget.name_space != name_space || !selects(budget.selector, found->pod_labels)) continue;
    if (found->away > budget.allowed)
      return "PodDisruptionBudget " + budget.name + " lets " + std::to_string(budget.allowed) +
             " of its pods go, a rollout takes " + std::to_string(found->away) + " away at a time";
  }
  return {};
}

}  // namespace mesh
