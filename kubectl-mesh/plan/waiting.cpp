#include "plan/waiting.hpp"

#include <array>

#include "mesh/counted.hpp"
#include "plan/diff.hpp"
#include "plan/object.hpp"

namespace mesh {

namespace {

/// Where each kind of workload counts its pods: apps/v1, as `kubectl rollout status` reads it.
struct WorkloadRow {
  const char* kind;
  const char* wanted;
  const char* updated;
  const char* available;
  const char* all;  ///< old ones too, which must be gone; nullptr: they are counted in `updated`
};
constexpr std::array<WorkloadRow, 3> k_workloads{
    {{"Deployment", "/spec/replicas", "/status/updatedReplicas", "/status/availableReplicas",
      "/status/replicas"},
     {"StatefulSet", "/spec/replicas", "/status/updatedReplicas", "/status/readyReplicas",
      "/status/replicas"},
     {"DaemonSet", "/status/desiredNumberScheduled", "/status/updatedNumberScheduled",
      "/status/numberAvailable", nullptr}}};

std::int64_t number_at(const Json& object, const std::string& pointer, std::int64_t fallback) {
  const Json value = find_at(object, pointer);
  return value.is_number_integer() ? value.get<std::int64_t>() : fallback;
}

/// "" when the rollout has ended.
std::string rollout_lacks(const Json& live) {
  const std::string kind = live.value("kind", std::string());
  for (const WorkloadRow& row : k_workloads) {
    if (kind != row.kind) continue;
    if (number_at(live, "/status/observedGeneration", 0) <
        number_at(live, "/metadata/generation", 1)) {
      return "the change has not been noticed yet";
    }
    const std::int64_t wanted = number_at(live, row.wanted, row.all == nullptr ? 0 : 1);
    const auto missing = [&](const char* pointer, const char* word) {
      const std::int64_t count = number_at(live, pointer, 0);
      return count >= wanted
                 ? std::string()
                 : std::to_string(count) + " of " +
                       counted(static_cast<std::size_t>(wanted), "pod is", "pods are") + " " + word;
    };
    if (const std::string lack = missing(row.updated, "new"); !lack.empty()) return lack;
    const bool old = row.all != nullptr && number_at(live, row.all, 0) > wanted;
    if (old) return "old pods are still there";
    return missing(row.available, "available");
  }
  throw Failure("plugin-fault", "a rollout of kind " + kind + " cannot be waited for");
}

bool has_condition(const Json& live, const Json& type) {
  const Json conditions = find_at(live, "/status/conditions");
  if (!conditions.is_array()) return false;
  for (const Json& condition : conditions) {
    if (find_at(condition, "/type") == type) return find_at(condition, "/status") == "True";
  }
  return false;
}

}  // namespace

bool reached(const Action& action, const Json& live) {
  if (action.until == Until::gone) return live.is_null();
  if (live.is_null()) return false;
  switch (action.until) {
    case Until::present: {
      const Json found = find_at(live, action.pointer);
      return !found.is_null() && found != "" && found != Json::array() && found != Json::object();
    }
    case Until::condition:
      return has_condition(live, action.value);
    case Until::rollout:
      return rollout_lacks(live).empty();
    default:
      return find_at(live, action.pointer) == action.value;
  }
}

std::string still_missing(const Action& action, const Json& live) {
  if (action.until == Until::gone) return "it is still there";
  if (live.is_null()) return "it is not there";
  switch (action.until) {
    case Until::present:
      return "there is nothing at " + action.pointer;
    case Until::condition:
      return "it is not " + (action.value.is_string() ? action.value.get<std::string>() : "ready");
    case Until::rollout:
      return rollout_lacks(live);
    default:
      return action.pointer + " is " + to_text(find_at(redacted(live), action.pointer)) + ", not " +
             to_text(action.value);
  }
}

}  // namespace mesh
