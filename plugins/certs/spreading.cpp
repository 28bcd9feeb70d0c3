#include "spreading.hpp"

#include <algorithm>

#include "sets.hpp"

#include "mesh/counted.hpp"

namespace mesh::certs {

namespace {

// Behind the writes, which have the phases 0 and 1.
constexpr int k_phase_istiod = 2;
constexpr int k_phase_namespaces = 3;
constexpr int k_phase_workloads = 4;

constexpr std::int64_t k_seconds_namespaces = 180;  // istiod waits for the lease of the one before
constexpr std::int64_t k_seconds_proxies = 60;
constexpr std::int64_t k_seconds_by_itself = 300;
constexpr std::size_t k_shown = 20;

ObjectRef ref_of(const PodOwner& owner, const std::string& name_space) {
  return {"apps/v1", owner.kind, name_space, owner.name};
}

}  // namespace

Spreading::Cluster& Spreading::cluster_of(const ClusterFacts& facts) {
  Cluster& cluster = m_clusters[facts.cluster];
  cluster.facts = &facts;
  return cluster;
}

void Spreading::leave(const ClusterFacts& facts, const SeenProxy& proxy, const std::string& why,
                      const std::string& hint) {
  Problem problem = refusal(facts, name_of(proxy.proxy) + " " + why, hint);
  problem.object = name_of(proxy.proxy);
  std::vector<Problem>& left = cluster_of(facts).left;
  const bool told = std::any_of(left.begin(), left.end(),
                                [&](const Problem& one) { return one.message == problem.message; });
  if (!told) left.push_back(std::move(problem));
}

void Spreading::add_istiod(const ClusterFacts& facts, const IstiodPod& pod,
                           const std::string& reason) {
  const std::string fault =
      restart_fault(pod.owner, facts.name_space, facts.workloads, facts.budgets);
  Cluster& cluster = cluster_of(facts);
  if (fault.empty()) {
    cluster.istiods[pod.owner.name] = {ref_of(pod.owner, facts.name_space), reason};
    return;
  }
  cluster.left.push_back(refusal(facts, "istiod is not restarted: " + fault,
                                 restart_text(facts) + "; then run the same command again"));
}

void Spreading::add_proxy(const ClusterFacts& facts, const SeenProxy& proxy,
                          const std::string& reason) {
  if (takes_up_by_itself(proxy, facts)) {
    cluster_of(facts).waits = true;
    return;
  }
  const Proxy& one = proxy.proxy;
  const std::string fault =
      restart_fault(one.owner, one.name_space, facts.workloads, facts.budgets);
  if (fault.empty()) {
    const ObjectRef target = ref_of(one.owner, one.name_space);
    cluster_of(facts).workloads[to_string(target)] = {target, reason};
    return;
  }
  leave(facts, proxy, "is not restarted: " + fault,
        "let its pods be replaced once after each step, then run the same command again");
}

void Spreading::add_written(const ClusterFacts& facts) {
  cluster_of(facts);
  for (const IstiodPod& pod : facts.istiod) {
    if (!pod.multi_root) add_istiod(facts, pod, "istiod signs with its new Secret");
  }
  for (const SeenProxy& proxy : facts.proxies) {
    // A restart of a gateway ends the connections through it: one that only passes TLS through is
    // left alone.
    const bool holds = !proxy.was_asked() || !proxy.chain.empty() || !proxy.roots.empty();
    if (holds) add_proxy(facts, proxy, "its proxies take up the change");
  }
}

void Spreading::add(const ClusterFacts& facts, const ProxyNeed& need) {
  for (const IstiodPod& pod : facts.istiod) {
    if (is_late(pod, facts)) add_istiod(facts, pod, "it is older than its Secret");
  }
  if (!late_namespaces(facts, assess(facts, m_now)).empty())
    cluster_of(facts).namespaces_late = true;
  for (const Lack& lack : lacks_of(facts, need, m_now, Age::all)) {
    const bool helps = !is_new_enough(*lack.proxy, facts) || takes_up_by_itself(*lack.proxy, facts);
    if (helps) {
      add_proxy(facts, *lack.proxy, "its proxy " + lack.what);
    } else {
      leave(facts, *lack.proxy, lack.what + ", though it was made after the last change",
            "find out which istiod signs for it: istioctl proxy-config secret " +
                lack.proxy->proxy.pod + "." + lack.proxy->proxy.name_space);
    }
  }
}

void Spreading::restart(const std::string& cluster, const Restart& one, int phase) {
  Action action;
  action.type = ActionType::restart;
  action.cluster = cluster;
  action.target = one.target;
  action.reason = one.reason;
  action.seconds = m_request.duration("rollout-timeout", std::chrono::minutes(5)).count();
  action.phase = phase;
  m_plan.actions.push_back(std::move(action));
}

void Spreading::prove(const Cluster& cluster, const std::string& reason, bool proxies, int phase) {
  Action action;
  action.type = ActionType::prove;
  action.cluster = cluster.facts->cluster;
  action.reason = reason;
  action.extension = "command/1:certs";
  action.verb = "status";
  Json options{{"istio-namespace", cluster.facts->name_space}};
  if (m_request.options.contains("sample")) options["sample"] = m_request.options["sample"];
  if (!proxies) options["without-proxies"] = true;
  action.request = {{"clusters", {cluster.facts->cluster}},
                    {"options", options},
                    {"settings", Json::object()},
                    {"mesh", to_json(m_request.mesh)}};
  action.seconds = !proxies        ? k_seconds_namespaces
                   : cluster.waits ? k_seconds_by_itself
                                   : k_seconds_proxies;
  // What no restart helps does not change while one waits.
  if (proxies && !cluster.left.empty()) action.seconds = 0;
  action.phase = phase;
  m_plan.actions.push_back(std::move(action));
}

void Spreading::finish(bool proven) {
  std::map<std::string, int> phases;
  bool acts = false;
  for (const auto& [name, cluster] : m_clusters) {
    acts = acts || cluster.acts();
    for (const auto& [key, one] : cluster.workloads) phases.try_emplace(one.target.name_space, 0);
  }
  int next = k_phase_workloads;
  for (auto& [name_space, phase] : phases) phase = next++;
  for (const auto& [name, cluster] : m_clusters) {
    for (const Problem& problem : cluster.left) {
      if (acts || !m_plan.actions.empty()) {
        m_plan.notes.push_back({Severity::warning, name, problem.message + "; " + problem.hint});
      } else {
        m_plan.refusals.push_back(problem);
      }
    }
    for (const auto& [key, one] : cluster.istiods) restart(name, one, k_phase_istiod);
    if (!cluster.facts->istiod.empty())
      prove(cluster, "istiod has taken its Secret up, and the namespaces carry its roots", false,
            k_phase_namespaces);
    for (const auto& [key, one] : cluster.workloads)
      restart(name, one, phases.at(one.target.name_space));
    // Without it the next look judges the proxies, by what the next step needs: on the way back
    // that is less than what the Secret says.
    const bool changed = cluster.left.empty() && (cluster.waits || !cluster.workloads.empty());
    if (!cluster.facts->proxies.empty() && (proven || changed))
      prove(cluster, "its proxies hold what the Secret says", true, next);
  }
  if (!m_plan.refusals.empty()) m_plan.actions.clear();
}

namespace {

using Refs = std::map<std::string, ObjectRef>;  ///< by name, as it is shown

struct Restarted {
  Refs istiods, workloads;
};

Restarted restarted_in(const ClusterFacts& facts) {
  Restarted found;
  for (const IstiodPod& pod : facts.istiod) {
    const ObjectRef ref = ref_of(pod.owner, facts.name_space);
    if (!pod.multi_root) found.istiods.emplace(to_string(ref), ref);
  }
  for (const SeenProxy& one : facts.proxies) {
    const Proxy& proxy = one.proxy;
    if (!takes_up_by_itself(one, facts) && !one.passes_through)
      found.workloads.emplace(name_of(proxy), ref_of(proxy.owner, proxy.name_space));
  }
  return found;
}

}  // namespace

void announce_restarts(Plan& plan, const ClusterFacts& facts) {
  const Restarted found = restarted_in(facts);
  std::set<std::pair<std::string, std::string>> told;
  for (const Refs* some : {&found.istiods, &found.workloads}) {
    for (const auto& [name, ref] : *some) {
      if (ref.name.empty() || !told.emplace(ref.kind, ref.name_space).second) continue;
      plan.announces.push_back({.type = ActionType::restart,
                                .cluster = facts.cluster,
                                .target = {ref.api_version, ref.kind, ref.name_space, "*"},
                                .reason = "what holds the certificates of before"});
    }
  }
}

std::string restarted_text(const ClusterFacts& facts) {
  const Restarted found = restarted_in(facts);
  std::string text;
  std::size_t shown = 0;
  for (const Refs* some : {&found.istiods, &found.workloads}) {
    for (const auto& [name, ref] : *some) {
      if (shown++ < k_shown) text += (text.empty() ? "" : ", ") + name;
    }
  }
  if (shown > k_shown) text += " and " + counted(shown - k_shown, "workload") + " more";
  return text;
}

}  // namespace mesh::certs
