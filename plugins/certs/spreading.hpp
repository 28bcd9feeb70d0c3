#pragma once

#include <set>

#include "arrival.hpp"
#include "verbs.hpp"

namespace mesh::certs {

/// The actions that bring what the Secrets say into istiod and into the proxies: istiod restarts,
/// then the namespaces carry the roots, then the workloads restart, namespace by namespace and in
/// each cluster one after the other, as their PodDisruptionBudgets allow, then the proof. They
/// stand behind the writes of the same plan.
class Spreading {
 public:
  Spreading(Plan& plan, const CommandRequest& request, Time now)
      : m_plan(plan), m_request(request), m_now(now) {}

  /// A cluster whose Secret this plan writes: all that runs there holds something older.
  void add_written(const ClusterFacts& facts);
  /// Another one: what is late, and the proxies that lack something.
  void add(const ClusterFacts& facts, const ProxyNeed& need);

  /// Adds the actions; refuses if nothing that is missing can be brought about by them. `proven`:
  /// there is no later look at what was left, so the proof must name it.
  void finish(bool proven);

 private:
  struct Restart {
    ObjectRef target;
    std::string reason;
  };
  struct Cluster {
    const ClusterFacts* facts = nullptr;
    std::map<std::string, Restart> istiods, workloads;  ///< by name
    std::vector<Problem> left;                          ///< what no restart of ours helps
    bool waits = false;                                 ///< for proxies that need no restart
    bool namespaces_late = false;
    bool acts() const { return !istiods.empty() || !workloads.empty() || waits || namespaces_late; }
  };

  Cluster& cluster_of(const ClusterFacts& facts);
  void add_istiod(const ClusterFacts& facts, const IstiodPod& pod, const std::string& reason);
  void add_proxy(const ClusterFacts& facts, const SeenProxy& proxy, const std::string& reason);
  void leave(const ClusterFacts& facts, const SeenProxy& proxy, const std::string& why,
             const std::string& hint);
  void restart(const std::string& cluster, const Restart& one, int phase);
  void prove(const Cluster& cluster, const std::string& reason, bool proxies, int phase);

  Plan& m_plan;
  const CommandRequest& m_request;
  Time m_now;
  std::map<std::string, Cluster> m_clusters;
};

/// "Deployment istio-system/istiod, Deployment default/app1": all that a rotation restarts there.
std::string restarted_text(const ClusterFacts& facts);
/// The same as what later plans may do, by namespace: there may be others by then.
void announce_restarts(Plan& plan, const ClusterFacts& facts);

}  // namespace mesh::certs
