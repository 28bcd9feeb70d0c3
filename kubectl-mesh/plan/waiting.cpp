#include "plan/waiting.hpp"

#include <array>

#include "base/text.hpp"
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

/// Null if the object does not have it.
Json condition_of(const Json& live, const Json& type) {
  const Json conditions = find_at(live, "/status/conditions");
  if (!conditions.is_array()) return nullptr;
  for (const Json& condition : conditions) {
    if (find_at(condition, "/type") == type) return condition;
  }
  return nullptr;
}

/// ": REASON: MESSAGE" of the condition, as far as it has them.
std::string in_words(const Json& condition) {
  std::string text;
  for (const char* field : {"/reason", "/message"}) {
    const std::string part = text_at(condition, field);
    if (!part.empty()) text += ": " + part;
  }
  return escape_terminal(text, true);
}

/// What holds an object that is being deleted.
std::string held_by(const Json& live) {
  std::string text = "it is still there";
  const Json finalizers = find_at(live, "/metadata/finalizers");
  if (finalizers.is_array() && !finalizers.empty()) {
    text += "; its finalizers are " + escape_terminal(to_text(finalizers));
  }
  // A namespace says what is left in it.
  if (text_at(live, "/kind") != "Namespace") return text;
  for (const Json& condition : find_at(live, "/status/conditions")) {
    if (text_at(condition, "/status") == "True") text += in_words(condition);
  }
  return text;
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
      return text_at(condition_of(live, action.value), "/status") == "True";
    case Until::rollout:
      return rollout_lacks(live).empty();
    default:
      return find_at(live, action.pointer) == action.value;
  }
}

std::string still_missing(const Action& action, const Json& live) {
  if (action.until == Until::gone) return held_by(live);
  if (live.is_null()) return "it is not there";
  switch (action.until) {
    case Until::present:
      return "there is nothing at " + action.pointer;
    case Until::condition:
      return "it is not " + (action.value.is_string() ? action.value.get<std::string>() : "ready") +
             in_words(condition_of(live, action.value));
    case Until::rollout:
      return rollout_lacks(live);
    default:
      return action.pointer + " is " + to_text(find_at(redacted(live), action.pointer)) + ", not " +
             to_text(action.value);
  }
}

}  // namespace mesh
