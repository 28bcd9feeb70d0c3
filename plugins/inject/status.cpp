#include "verbs.hpp"

#include "mesh/counted.hpp"
#include "mesh/shell.hpp"

namespace mesh::inject {

namespace {

std::string injection_text(const Labels& labels) {
  const Saying saying = saying_of(labels);
  switch (saying.kind) {
    case Saying::Kind::enabled:
      return "enabled";
    case Saying::Kind::disabled:
      return "disabled";
    case Saying::Kind::revision:
      return "revision " + saying.revision;
    default:
      return "-";
  }
}

Json row(const ClusterFacts& facts, const SeenNamespace& one, const WorkloadState& state) {
  return {{"cluster", facts.cluster},
          {"namespace", one.name},
          {"injection", injection_text(one.labels)},
          {"kind", state.kind},
          {"workload", state.name},
          {"pods", state.pods},
          {"injected", state.injected},
          {"stale", state.stale},
          {"why", state.why}};
}

/// Which pods, why, and what to do about them.
std::string stale_text(const ClusterFacts& facts, const std::string& name_space,
                       const WorkloadState& state) {
  const std::string where = name_space + (state.name.empty() ? "" : "/" + state.name);
  const std::string next = state.name.empty() ? "no workload made them: recreate them"
                                              : "kubectl mesh inject restart --namespaces " +
                                                    shell_quoted(name_space) + " --contexts " +
                                                    shell_quoted(facts.cluster);
  return where + ": " + std::to_string(state.stale) + " of " +
         counted(static_cast<std::size_t>(state.pods), "pod") + " stale (" + state.why + "); " +
         next;
}

}  // namespace

Report status_of(const Asked& asked, const std::vector<ClusterFacts>& all) {
  Report report;
  report.kind = "InjectionList";
  report.columns = {
      {"CLUSTER", "/cluster"},   {"NAMESPACE", "/namespace"}, {"INJECTION", "/injection"},
      {"KIND", "/kind", true},   {"WORKLOAD", "/workload"},   {"PODS", "/pods"},
      {"SIDECARS", "/injected"}, {"STALE", "/stale"},         {"WHY", "/why"}};
  for (const ClusterFacts& facts : all) {
    if (facts.problem) {
      report.problems.push_back(*facts.problem);
      continue;
    }
    for (const auto& [name, one] : facts.namespaces) {
      const bool named = std::find(asked.namespaces.begin(), asked.namespaces.end(), name) !=
                         asked.namespaces.end();
      if (!(asked.namespaces.empty() ? concerned(one) : named)) continue;
      const std::vector<WorkloadState> states = workloads_of(facts, name, one.labels);
      if (states.empty()) report.items.push_back(row(facts, one, {}));
      for (const WorkloadState& state : states) {
        report.items.push_back(row(facts, one, state));
        if (state.stale == 0) continue;
        report.failed = true;
        report.notes.push_back({Severity::warning, facts.cluster, stale_text(facts, name, state)});
      }
    }
  }
  return report;
}

Report status(const CommandRequest& request, const Host& host) {
  const Asked asked = asked_of(request);
  Look look = look_of(asked);
  look.workloads = false;
  return status_of(asked, read_facts(host, look));
}

}  // namespace mesh::inject
