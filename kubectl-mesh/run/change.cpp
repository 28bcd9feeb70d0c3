#include "run/change.hpp"

#include <algorithm>

#include "base/exit_code.hpp"
#include "cli/confirm.hpp"
#include "plan/executor.hpp"

namespace mesh {

namespace {

std::string how_many(std::size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

bool nothing_to_do(const std::vector<Step>& steps) {
  return std::all_of(steps.begin(), steps.end(),
                     [](const Step& step) { return step.change == Change::leave; });
}

/// Every problem is shown; the first one decides the status.
int refuse(const std::vector<Problem>& problems, Session& session) {
  session.quiet();
  const OutputFormat format = session.invocation().output;
  const std::string text = render_problems(problems, format, session.style());
  (format == OutputFormat::json || format == OutputFormat::yaml ? print : tell)(text);
  if (stop_requested()) return 128 + stop_signal();
  return exit_code_of(problems.front().code);
}

/// All is said and done by then: a last line that cannot be written changes nothing about it.
void close_journal(Journal& journal, int status) {
  try {
    journal.end(status);
  } catch (const Failure& failure) {
    tell("warning: " + failure.problem().message + "\n");
  }
}

bool machine_readable(OutputFormat format) {
  return format == OutputFormat::json || format == OutputFormat::yaml ||
         format == OutputFormat::name;
}

/// --dry-run=client, --diff and --output-dir end here: the plan is the answer.
int show_only(const Plan& plan, const std::vector<Step>& steps, Session& session) {
  const Invocation& invocation = session.invocation();
  if (invocation.output_dir) {
    const std::size_t files = write_tree(plan, *invocation.output_dir, invocation.show_secrets);
    tell("wrote " + how_many(files, "file", "files") + " below " + invocation.output_dir->string() +
         "\n");
    return k_exit_done;
  }
  print(render_plan(plan, steps, invocation.output, session.style(), invocation.show_secrets));
  return invocation.diff && !nothing_to_do(steps) ? k_exit_difference : k_exit_done;
}

void require_consent(const Plan& plan, const std::vector<Step>& steps, Session& session) {
  const Invocation& invocation = session.invocation();
  if (invocation.yes || invocation.dry_run == DryRunMode::server) return;
  if (!can_ask()) {
    throw Failure("usage", "there is no terminal to ask on, and nothing was written",
                  "look at the plan with --dry-run=client, then add --yes");
  }
  print(render_plan(plan, steps, OutputFormat::table, session.style(), false));
  const std::size_t clusters = session.fleet().names().size();
  if (!confirm("Apply this to " + how_many(clusters, "cluster", "clusters") + "?")) {
    throw Failure("declined", "not confirmed; nothing was written");
  }
}

int status_of(const std::vector<Step>& steps, const Execution& execution) {
  const auto failed =
      std::find_if(execution.results.begin(), execution.results.end(),
                   [](const StepResult& result) { return result.outcome == Outcome::failed; });
  const bool complete = std::none_of(
      execution.results.begin(), execution.results.end(), [](const StepResult& result) {
        return result.outcome == Outcome::failed || result.outcome == Outcome::not_started;
      });
  if (complete || steps.empty()) return k_exit_done;
  if (stop_requested()) return 128 + stop_signal();
  if (execution.wrote) return k_exit_partial;
  return failed == execution.results.end() || !failed->problem
             ? k_exit_difference
             : exit_code_of(failed->problem->code);
}

Execution apply(const std::vector<Step>& steps, const Identities& identities, Journal* journal,
                Session& session) {
  ExecutorOptions options;
  options.dry_run = journal == nullptr ? DryRun::server : DryRun::none;
  options.listener = [&](const Step& step, const StepResult* result) {
    if (result == nullptr) session.progress(step.action.cluster, step.action.reason);
  };
  return execute(steps, session.fleet(), identities, journal, options);
}

}  // namespace

Identities identify_all(Session& session) {
  session.progress("", "asking who the clusters are");
  Identities identities = identify(session.fleet());
  std::vector<Problem> problems = identities.problems;
  const std::vector<Problem> same = same_cluster_problems(identities);
  problems.insert(problems.end(), same.begin(), same.end());
  if (!problems.empty()) throw Refusal(std::move(problems));
  return identities;
}

int carry_out(const Plan& plan, const Identities& identities, Session& session) {
  const Invocation& invocation = session.invocation();
  if (!plan.refusals.empty()) return refuse(plan.refusals, session);

  // What would change, and may it? Nothing is written before every cluster has said yes.
  session.progress("", "comparing with what is there");
  const std::vector<Step> steps = diff(plan, session.fleet());
  session.quiet();
  if (invocation.only_shows() || nothing_to_do(steps)) return show_only(plan, steps, session);
  const std::vector<Problem> obstacles = preflight(steps, session.fleet(), identities);
  if (!obstacles.empty()) return refuse(obstacles, session);
  require_consent(plan, steps, session);

  // From here on every write is journalled, so that `undo` can take it back.
  std::optional<Journal> journal;
  if (invocation.dry_run != DryRunMode::server) journal = Journal::begin(invocation.shown);
  const Execution execution = apply(steps, identities, journal ? &*journal : nullptr, session);
  const int status = status_of(steps, execution);
  if (journal) close_journal(*journal, status);

  session.quiet();
  if (!machine_readable(invocation.output) && invocation.yes) {
    print(render_plan(plan, steps, OutputFormat::table, session.style(), false));
  }
  print(render_result(plan, steps, execution, journal ? journal->run() : "", invocation.output,
                      session.style()));
  return status;
}

}  // namespace mesh
