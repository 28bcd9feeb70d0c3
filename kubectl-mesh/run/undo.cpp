#include "plan/undo.hpp"

#include <algorithm>

#include "run/change.hpp"
#include "run/verbs.hpp"

#include "cli/document_text.hpp"

namespace mesh {

namespace {

/// An odd file in the folder of journals is nobody's run: it is named and left.
void warn_of(const std::vector<Problem>& odd) {
  for (const Problem& problem : odd)
    tell("warning: " + problem.message + "\n  " + problem.hint + "\n");
}

int list_all(const Invocation& invocation) {
  Report report;
  report.kind = "RunList";
  report.columns = {{"RUN", "/name"},
                    {"STARTED", "/started"},
                    {"WRITES", "/writes"},
                    {"STATE", "/state"},
                    {"COMMAND", "/command"}};
  const RunList list = list_runs();
  for (const RunSummary& run : list.runs) {
    const char* state = run.undone ? "undone" : run.ended ? "ended" : "interrupted";
    report.items.push_back({{"name", run.run},
                            {"started", run.started},
                            {"writes", run.writes},
                            {"state", state},
                            {"command", run.command}});
  }
  report.problems = list.odd;
  print(render(report, invocation.output, style_of(invocation)));
  if (!is_document(invocation.output)) warn_of(list.odd);
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
  if (invocation.arguments.empty()) warn_of(list_runs().odd);
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
