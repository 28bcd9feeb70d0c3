#include "plan/undo.hpp"

#include <algorithm>

#include "run/change.hpp"
#include "run/verbs.hpp"

namespace mesh {

namespace {

int list_all(const Invocation& invocation) {
  Report report;
  report.kind = "RunList";
  report.columns = {{"RUN", "/name"},
                    {"STARTED", "/started"},
                    {"WRITES", "/writes"},
                    {"STATE", "/state"},
                    {"COMMAND", "/command"}};
  for (const RunSummary& run : list_runs()) {
    const char* state = run.undone ? "undone" : run.ended ? "ended" : "interrupted";
    report.items.push_back({{"name", run.run},
                            {"started", run.started},
                            {"writes", run.writes},
                            {"state", state},
                            {"command", run.command}});
  }
  print(render(report, invocation.output, style_of(invocation)));
  return 0;
}

/// The run itself knows its clusters; flags are not needed to name them again.
Invocation addressing(const Invocation& invocation, const Journal& journal) {
  Invocation addressed = invocation;
  if (!addressed.contexts.empty() || !addressed.context.empty()) return addressed;
  for (const JournalEntry& entry : journal.entries()) {
    const auto known =
        std::find(addressed.contexts.begin(), addressed.contexts.end(), entry.cluster);
    if (!entry.cluster.empty() && known == addressed.contexts.end()) {
      addressed.contexts.push_back(entry.cluster);
    }
  }
  return addressed;
}

}  // namespace

int run_undo(const Invocation& invocation, const Catalogue& catalogue) {
  if (invocation.options.value("list", false)) return list_all(invocation);
  Journal journal = Journal::open(invocation.arguments.empty() ? "" : invocation.arguments.front());
  journal.hold();
  if (journal.is_undone()) {
    tell("run " + journal.run() + " was undone already; nothing was changed\n");
    return 0;
  }
  const Invocation addressed = addressing(invocation, journal);
  Session session(addressed, catalogue);
  const Identities identities = identify_all(session);
  const bool dry = invocation.dry_run != DryRunMode::none || invocation.only_shows();
  Stage stage;
  stage.plan = [&](bool) { return plan_undo(journal, session.fleet()); };
  // What is undone is marked at once: an undo that was cut off goes on from there.
  stage.listener = [&](const Step& step, const StepResult* result) {
    if (dry || step.action.undoes < 0) return;
    if (result == nullptr) journal.undoing(step.action.undoes);
    if (result != nullptr && result->outcome == Outcome::done) journal.undone(step.action.undoes);
  };
  const int status = carry_out({stage}, "", identities, session);
  if (status == 0 && !dry) journal.mark_undone();
  return status;
}

}  // namespace mesh
