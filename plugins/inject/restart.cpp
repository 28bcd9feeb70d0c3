#include "restart.hpp"

#include "verbs.hpp"

#include "mesh/counted.hpp"

namespace mesh::inject {

namespace {

std::string name_of(const WorkloadState& workload) {
  return workload.name.empty() ? "a pod of namespace " + workload.name_space
                               : workload.kind + " " + workload.name_space + "/" + workload.name;
}

}  // namespace

void Restarts::add(const ClusterFacts& facts, const std::string& name_space, const Labels& labels) {
  m_looked[facts.cluster].insert(name_space);
  for (const WorkloadState& workload : workloads_of(facts, name_space, labels)) {
    const bool wanted = workload.stale > 0 || (m_asked.all && workload.injected > 0);
    if (!wanted) continue;
    const std::string what =
        workload.stale > 0
            ? counted(static_cast<std::size_t>(workload.stale), "pod") + ": " + workload.why
            : "asked for by --all";
    const std::string fault = restart_fault(facts, workload);
    if (m_asked.restart && fault.empty()) {
      m_wanted.push_back({facts.cluster, workload, what});
      continue;
    }
    if (workload.stale > 0) m_left.insert(facts.cluster);
    m_plan.notes.push_back(
        {Severity::warning, facts.cluster,
         name_of(workload) + ", " + what + (m_asked.restart ? "; not restarted: " + fault : "")});
  }
}

void Restarts::prove(const std::string& cluster, bool at_once) {
  Json namespaces = Json::array();
  for (const std::string& name : m_looked[cluster]) namespaces.push_back(name);
  Action action;
  action.type = ActionType::prove;
  action.cluster = cluster;
  action.reason = "no pod runs otherwise than its namespace says";
  action.extension = "command/1:inject";
  action.verb = "status";
  action.request = {
      {"clusters", {cluster}},
      {"options", {{"namespaces", namespaces}, {"istio-namespace", m_asked.istio_namespace}}},
      {"settings", Json::object()},
      {"mesh", to_json(m_asked.mesh)}};
  // What nobody restarts does not change while one waits.
  action.seconds = at_once ? 0 : 60;
  m_plan.actions.push_back(std::move(action));
}

void Restarts::finish(const std::set<std::string>& relabelled) {
  std::map<std::string, int> phases;
  for (const Wanted& one : m_wanted) phases.try_emplace(one.workload.name_space, 0);
  int next = k_phase_restart;
  for (auto& [name_space, phase] : phases) phase = next++;
  std::set<std::string> proving = m_left;
  for (const Wanted& one : m_wanted) {
    Action action;
    action.type = ActionType::restart;
    action.cluster = one.cluster;
    action.target = {"apps/v1", one.workload.kind, one.workload.name_space, one.workload.name};
    action.reason = one.reason;
    action.seconds = m_asked.seconds;
    action.phase = phases.at(one.workload.name_space);
    m_plan.actions.push_back(std::move(action));
    proving.insert(one.cluster);
  }
  for (const std::string& cluster : relabelled) {
    if (!m_looked[cluster].empty()) proving.insert(cluster);
  }
  for (const std::string& cluster : proving) {
    prove(cluster, m_left.contains(cluster));
    m_plan.actions.back().phase = next;
  }
  if (!m_left.empty() && !m_asked.restart)
    m_plan.next.push_back(next_command(m_asked, "restart", "what still runs otherwise"));
}

Plan plan_restart(const Asked& asked_for, const std::vector<ClusterFacts>& all) {
  Asked asked = asked_for;
  asked.restart = true;
  Plan plan;
  plan.title = "Restart workloads whose pods are stale";
  if (asked.all) plan.title = "Restart workloads with a sidecar";
  Restarts restarts(plan, asked);
  std::set<std::string> seen;
  for (const ClusterFacts& facts : all) {
    if (facts.problem) plan.refusals.push_back(*facts.problem);
    for (const auto& [name, name_space] : facts.namespaces) {
      const bool named = std::find(asked.namespaces.begin(), asked.namespaces.end(), name) !=
                         asked.namespaces.end();
      if (named) seen.insert(name);
      if (facts.problem || !(asked.namespaces.empty() ? concerned(name_space) : named)) continue;
      restarts.add(facts, name, name_space.labels);
    }
  }
  for (const std::string& name : asked.namespaces) {
    if (!seen.contains(name))
      plan.refusals.push_back(
          refusal("mesh", name, "no cluster has a namespace " + name, "kubectl get namespaces"));
  }
  restarts.finish({});
  return plan;
}

Plan restart(const CommandRequest& request, const Host& host) {
  const Asked asked = asked_of(request);
  return plan_restart(asked, read_facts(host, look_of(asked)));
}

}  // namespace mesh::inject
