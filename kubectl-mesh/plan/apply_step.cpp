#include "plan/apply_step.hpp"

#include "base/files.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "cluster/single_kubeconfig.hpp"
#include "kube/retry.hpp"
#include "mesh/time.hpp"
#include "plan/apply_conflicts.hpp"
#include "plan/looks.hpp"
#include "plan/object.hpp"
#include "plan/program_lock.hpp"
#include "plan/step_tools.hpp"
#include "plan/store.hpp"
#include "plan/wait_step.hpp"

namespace mesh {

namespace {

constexpr int k_rounds_max = 5;
constexpr std::int64_t k_end_seconds = 120;

/// Whether a write that ended like this may have been carried out all the same.
bool unclear(const Failure& failure) {
  const auto* lost = dynamic_cast<const TransportFailure*>(&failure);
  return lost != nullptr ? lost->maybe_sent() : failure.problem().code == "server-error";
}

/// The answer to a write was lost: what is there now?
Json look_after(const Failure& lost, const Step& step, Fleet& fleet) {
  try {
    return read_now(step, fleet);
  } catch (const Failure&) {
    Problem problem = lost.problem();
    problem.message += "; it cannot be read back either, so it may or may not have been written";
    throw UnclearFailure(std::move(problem));
  }
}

/// One write, and again after a look if its end was unclear, all within the time of one request.
/// `write` gets the object as last read, `arrived` judges what a look has found, and `still_fits`
/// whether the same may be written to an object that has changed since it was planned for.
template <typename Write, typename Arrived, typename StillFits>
StepEffect write_until_clear(const Step& step, Fleet& fleet, const Write& write,
                             const Arrived& arrived, const StillFits& still_fits) {
  const Deadline deadline = fleet.deadline();
  Json live = step.live;
  bool sent_before = false;
  for (int round = 1;; ++round) {
    try {
      return write(live, deadline);
    } catch (const ConflictFailure& conflict) {
      throw Failure(conflict_problem(step, conflict, read_now(step, fleet)));
    } catch (const OverwrittenFailure& failure) {
      throw UnclearFailure(failure.problem());
    } catch (const Failure& failure) {
      const bool lost = unclear(failure);
      const bool changed = failure.problem().code == "precondition";
      if (!lost && !changed) throw;
      sent_before = sent_before || lost;
      live = lost ? look_after(failure, step, fleet) : read_now(step, fleet);
      const bool fits = still_fits(live);
      if ((sent_before || fits) && arrived(live)) return {sent_before, live};
      const bool again = lost ? failure.problem().retryable : fits;
      const std::chrono::milliseconds pause = pause_before(round);
      // Beyond the deadline a try would only hide why the one before failed.
      if (!again || pause >= deadline.left() || round >= k_rounds_max) throw;
      if (sleep_until_stop(pause, deadline)) check_stop();
    }
  }
}

/// Waits until the object of before is gone: what is applied to it now would be deleted with it.
void wait_for_end(const Step& step, Fleet& fleet) {
  Action wait = step.action;
  wait.until = Until::gone;
  wait.seconds = k_end_seconds;
  wait.reason = "the object of before is still being deleted";
  wait_until(wait, step, fleet);
}

StepEffect apply_object(const Step& step, Fleet& fleet, DryRun dry_run) {
  if (is_ending(step.live) && dry_run == DryRun::none) {
    wait_for_end(step, fleet);
    Step after = step;
    after.live = nullptr;
    return apply_object(after, fleet, dry_run);
  }
  return write_until_clear(
      step, fleet,
      [&](const Json& live, Deadline deadline) {
        Json object = step.action.object;
        if (!live.is_null()) {
          object["metadata"]["resourceVersion"] = metadata_text(live, "resourceVersion");
        }
        Client& client = fleet.client(step.action.cluster);
        return StepEffect{true, client.apply(object, dry_run, deadline)};
      },
      [&](const Json& now) { return !now.is_null() && compare(step.action.object, now).empty(); },
      [](const Json&) { return true; });
}

/// Whether the patch would do to an object that has changed since just what it was planned to do.
bool does_the_same(const Step& step, const Json& now) try {
  if (now.is_null() || metadata_text(now, "uid") != metadata_text(step.live, "uid")) return false;
  for (const auto& [pointer, wanted] : step.action.precondition.items()) {
    if (find_at(now, pointer) != wanted) return false;
  }
  return differences(now, now.patch(step.action.patch)) == step.fields;
} catch (const Json::exception&) {
  return false;  // the patch does not fit any more
}

StepEffect edit_object(const Step& step, Fleet& fleet, DryRun dry_run) {
  return write_until_clear(
      step, fleet,
      [&](const Json& live, Deadline deadline) {
        Json operations = Json::array({{{"op", "test"},
                                        {"path", "/metadata/resourceVersion"},
                                        {"value", metadata_text(live, "resourceVersion")}}});
        for (const Json& operation : step.action.patch) operations.push_back(operation);
        Client& client = fleet.client(step.action.cluster);
        return StepEffect{true, client.patch(step.ref, operations, dry_run, deadline)};
      },
      [&](const Json& now) {
        return !now.is_null() && compare(step.live.patch(step.action.patch), now).empty();
      },
      [&](const Json& now) { return does_the_same(step, now); });
}

StepEffect remove_object(const Step& step, Fleet& fleet, DryRun dry_run) {
  const std::string uid = metadata_text(step.live, "uid");
  return write_until_clear(
      step, fleet,
      [&](const Json& live, Deadline deadline) {
        Client& client = fleet.client(step.action.cluster);
        const bool existed =
            client.remove(step.ref, uid, metadata_text(live, "resourceVersion"), dry_run, deadline);
        return StepEffect{existed, nullptr};
      },
      [&](const Json& now) { return now.is_null() || metadata_text(now, "uid") != uid; },
      // A new status is nothing that somebody would want to keep.
      [&](const Json& now) {
        return metadata_text(now, "uid") == uid &&
               without_volatile(now) == without_volatile(step.live);
      });
}

StepEffect restart(const Step& step, Fleet& fleet, DryRun dry_run) {
  const std::string stamp =
      time_text(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  Json change;
  change[Json::json_pointer(k_restarted_at)] = stamp;
  const StepEffect begun = write_until_clear(
      step, fleet,
      [&](const Json&, Deadline deadline) {
        Client& client = fleet.client(step.action.cluster);
        return StepEffect{true, client.merge(step.ref, change, dry_run, deadline)};
      },
      [&](const Json& live) { return text_at(live, k_restarted_at) == stamp; },
      [](const Json&) { return false; });
  if (dry_run != DryRun::none || step.action.seconds == 0) return begun;
  Action rollout = step.action;
  rollout.until = Until::rollout;
  return {true, wait_until(rollout, step, fleet)};
}

/// The program gets the way into just this cluster, in memory, and nothing secret in its arguments.
StepEffect run_program(const Step& step, Fleet& fleet, DryRun dry_run) {
  if (dry_run != DryRun::none) return {false, nullptr};
  const Access& access = fleet.access(step.action.cluster);
  CommandLine command;
  command.program = step.action.program;
  command.arguments = step.action.arguments;
  command.input = step.action.input;
  command.private_file = single_kubeconfig(access.endpoint, access.credentials->current());
  command.environment = environment_of_children();
  command.environment["KUBECONFIG"] = k_private_file;
  const Deadline deadline = fleet.deadline(std::chrono::seconds(step.action.seconds));
  const ProgramLock lock(access, deadline);
  command.held = lock.descriptor();
  const auto given = std::chrono::ceil<std::chrono::seconds>(deadline.left());
  const ProcessResult result = run_process(command, deadline);
  fleet.forget_all(step.action.cluster);  // what it changed is its secret
  try {
    require_ended(result, step.action.program, given.count());
  } catch (const Failure& failure) {
    Problem problem = failure.problem();
    problem.message = step.action.cluster + ": " + problem.message;
    problem.cluster = step.action.cluster;
    // One that was started may have written.
    if (problem.code == "missing") throw Failure(std::move(problem));
    throw UnclearFailure(std::move(problem));
  }
  if (result.status == 0) return {true, nullptr};
  Problem problem;
  problem.code = "failed";
  problem.message = step.action.cluster + ": " + step.action.program + " failed with status " +
                    std::to_string(result.status) + ": " + escape_terminal(result.errors, true);
  problem.cluster = step.action.cluster;
  throw UnclearFailure(std::move(problem));
}

/// What a report without findings says in its notes; else the command that shows its rows.
std::string what_is_noted(const Json& report, const Action& proof) {
  std::string text;
  for (const Json& note : report.value("notes", Json::array())) {
    if (text_at(note, "/severity") == "warning" || text_at(note, "/severity") == "failure")
      text += (text.empty() ? "" : "; ") + text_at(note, "/text");
  }
  const std::string concern = proof.extension.substr(proof.extension.find(':') + 1);
  return text.empty() ? "kubectl mesh " + concern + " " + proof.verb + " shows what is missing"
                      : text;
}

/// The first findings that fail, for the message of a proof that did not come.
std::string what_fails(const Json& report, const Action& proof) {
  std::string text;
  for (const Json& item : report.value("items", Json::array())) {
    if (text_at(item, "/severity") != "failure") continue;
    text +=
        (text.empty() ? "" : "; ") + text_at(item, "/title") + ": " + text_at(item, "/evidence");
  }
  for (const Json& problem : report.value("problems", Json::array())) {
    const std::string message = message_of(problem_from_json(problem));
    const std::string hint = text_at(problem, "/hint");
    text += (text.empty() ? "" : "; ") + message + (hint.empty() ? "" : "; " + hint);
  }
  return escape_terminal(text.empty() ? what_is_noted(report, proof) : text);
}

/// Whether the report was cut off by the time limit: it tells of that, and not of the clusters.
bool was_cut_off(const Json& report) {
  const Json problems = report.value("problems", Json::array());
  return std::any_of(problems.begin(), problems.end(),
                     [](const Json& problem) { return text_at(problem, "/code") == "deadline"; });
}

/// Whether time can make the report a good one: a plugin that failed stays as it is.
bool may_come(const Json& report) {
  const Json problems = report.value("problems", Json::array());
  return report.value("failed", false) ||
         std::any_of(problems.begin(), problems.end(),
                     [](const Json& problem) { return text_at(problem, "/plugin").empty(); });
}

StepEffect prove(const Step& step, Fleet& fleet, DryRun dry_run, const Asker& ask) {
  if (dry_run != DryRun::none || !ask) return {false, nullptr};
  const Deadline deadline = fleet.deadline(std::chrono::seconds(step.action.seconds));
  const Looks looks(std::chrono::milliseconds(250));
  Json report;
  for (;;) {
    for (const std::string& cluster : fleet.names()) fleet.forget_all(cluster);
    try {
      Json next = ask(step.action.extension, step.action.verb, step.action.request);
      if (report.is_null() || !was_cut_off(next)) report = std::move(next);
    } catch (const Failure& failure) {
      // Cut off by the time limit: what it said before tells more.
      if (report.is_null() || failure.problem().code != "deadline") throw;
    }
    const Json problems = report.value("problems", Json::array());
    if (!report.value("failed", false) && problems.empty()) return {false, nullptr};
    if (deadline.passed() || !may_come(report)) {
      // One that waits for nothing has nothing to say of its time.
      const std::string when = step.action.seconds == 0 || !may_come(report)
                                   ? ""
                                   : " after " + seconds_text(looks.waited());
      fail_step(step, "not-proven", "not proven" + when + ": " + what_fails(report, step.action));
    }
    looks.pause(deadline);
  }
}

StepEffect store(const Step& step, DryRun dry_run) {
  if (dry_run != DryRun::none) return {false, nullptr};
  write_private_file(store_path(step.action.file), step.action.file.data,
                     step.action.file.replace ? Replace::yes : Replace::no);
  return {true, nullptr};
}

}  // namespace

StepEffect apply_step(const Step& step, Fleet& fleet, DryRun dry_run, const Asker& ask) {
  switch (step.action.type) {
    case ActionType::store:
      return store(step, dry_run);
    case ActionType::apply:
      return apply_object(step, fleet, dry_run);
    case ActionType::edit:
      return edit_object(step, fleet, dry_run);
    case ActionType::remove:
      return remove_object(step, fleet, dry_run);
    case ActionType::run:
      return run_program(step, fleet, dry_run);
    case ActionType::wait:
      if (dry_run != DryRun::none) return {false, step.live};
      return {false, wait_until(step.action, step, fleet)};
    case ActionType::restart:
      return restart(step, fleet, dry_run);
    case ActionType::prove:
      return prove(step, fleet, dry_run, ask);
  }
  return {};
}

}  // namespace mesh
