#pragma once

#include "facts.hpp"

namespace mesh::inject {

// What is wrong with pods and namespaces: functions of facts.

/// The webhook that injects into a pod with these labels in a namespace with those, one that
/// answers before one that does not; null: none.
const Webhook* webhook_for(const std::vector<Webhook>& all, const Labels& name_space,
                           const Labels& pod);
/// Why a webhook would not inject although it selects; empty: it would.
std::string webhook_fault(const ClusterFacts& facts, const Webhook& hook);
/// The API server calls every webhook that selects: one that does not answer and fails closed keeps
/// the pods from being made, whatever the others do. null: there is none.
const Webhook* blocking_webhook(const std::vector<Webhook>& all, const Labels& name_space,
                                const Labels& pod);
/// "webhook X calls Service istio-system/istiod-1-20, which no ready pod serves"
std::string unanswered_text(const Webhook& hook);
/// What to do about it.
std::string unanswered_fix(const std::string& cluster, const Webhook& hook);
/// "default, 1-30, tag prod", of those that answer: for a hint.
std::string revisions_text(const std::vector<Webhook>& all);
/// Namespaces that Istio never injects into.
bool is_system(const std::string& name_space, const std::string& istio_namespace);

/// How one pod stands.
struct PodState {
  enum class Kind {
    fresh,     ///< as it should be
    outside,   ///< not to be injected: its namespace or itself says so
    without,   ///< lacks the sidecar that it should have
    unwanted,  ///< has a sidecar that it should not have
    old        ///< has one of another revision, version or configuration
  } kind = Kind::fresh;
  std::string why;
  bool stale() const { return kind >= Kind::without; }
};
/// `labels`: of its namespace, as they are or as they will be.
PodState state_of(const ClusterFacts& facts, const Labels& labels, const SeenPod& pod);
/// What differs between the settings of a pod's proxy and those that a new one would get from this
/// revision; empty: nothing.
std::string settings_fault(const ClusterFacts& facts, const std::string& revision,
                           const SeenPod& pod);
/// Another minor version than every istiod; empty: not, or not known.
std::string version_fault(const ClusterFacts& facts, const SeenPod& pod);

/// The pods of one workload.
struct WorkloadState {
  std::string kind, name_space, name;  ///< name empty: pods that no workload made
  int pods = 0, injected = 0, stale = 0, outside = 0;
  std::string why;  ///< of the first stale one
  std::string key() const { return name_space + "/" + kind + "/" + name; }
};
/// Of one namespace, sorted by name.
std::vector<WorkloadState> workloads_of(const ClusterFacts& facts, const std::string& name_space,
                                        const Labels& labels);

/// Whether a restart of a workload keeps to the budgets of its pods; empty: it does.
std::string restart_fault(const ClusterFacts& facts, const WorkloadState& workload);

}  // namespace mesh::inject
