#pragma once

#include "requests.hpp"

namespace mesh::inject {

// Phases of a plan: istiod's webhook, the labels, then namespace by namespace the workloads of it,
// in every cluster one after the other, and at the end the proof.
inline constexpr int k_phase_webhook = 0;
inline constexpr int k_phase_labels = 1;
inline constexpr int k_phase_restart = 2;

/// The restarts of a plan.
class Restarts {
 public:
  Restarts(Plan& plan, const Asked& asked) : m_plan(plan), m_asked(asked) {}
  /// Workloads of a namespace with stale pods, or all of them, judged as if it had these labels.
  void add(const ClusterFacts& facts, const std::string& name_space, const Labels& labels);
  /// Paces what was added, and lets `status` prove it where something is to be proved.
  void finish(const std::set<std::string>& relabelled);

 private:
  void prove(const std::string& cluster, bool at_once);

  struct Wanted {
    std::string cluster;
    WorkloadState workload;
    std::string reason;
  };
  Plan& m_plan;
  const Asked& m_asked;
  std::vector<Wanted> m_wanted;
  std::set<std::string> m_left;                           ///< clusters in which stale pods stay
  std::map<std::string, std::set<std::string>> m_looked;  ///< namespaces by cluster
};

}  // namespace mesh::inject
