#include "plan/apply_step.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include "base/files.hpp"
#include "base/process.hpp"
#include "kube/status.hpp"
#include "plan/object.hpp"
#include "plan/store.hpp"

namespace mesh {

namespace {

constexpr int k_rounds_max = 5;

[[noreturn]] void fail(const Step& step, const char* code, const std::string& what,
                       const std::string& hint = {}) {
  Problem problem;
  problem.code = code;
  problem.message = step.action.cluster + (step.action.cluster.empty() ? "" : ": ") + what;
  problem.hint = hint;
  problem.cluster = step.action.cluster;
  if (!step.ref.name.empty()) problem.object = to_string(step.ref);
  throw Failure(std::move(problem));
}

Json read_now(const Step& step, Fleet& fleet) {
  fleet.forget(step.action.cluster, step.ref);
  const ReadResult read = fleet.snapshot(step.action.cluster, step.ref);
  if (read.problem) throw Failure(*read.problem);
  return read.object;
}

/// ".data.ca-key.pem" of the server's conflict report, as a JSON pointer where that is possible.
Json value_at(const Json& object, const std::string& field) {
  // Keys may hold dots themselves: the longest key that fits wins at each level.
  const Json* value = &object;
  std::string rest = field.starts_with('.') ? field.substr(1) : field;
  while (!rest.empty() && value->is_object()) {
    const Json* below = nullptr;
    std::size_t taken = 0;
    for (const auto& [key, entry] : value->items()) {
      const bool fits = rest == key || rest.starts_with(key + ".");
      if (fits && key.size() >= taken) {
        taken = key.size();
        below = &entry;
      }
    }
    if (below == nullptr) return nullptr;
    value = below;
    rest = rest.size() == taken ? "" : rest.substr(taken + 1);
  }
  return *value;
}

[[noreturn]] void explain_conflict(const Step& step, const ConflictFailure& conflict,
                                   Fleet& fleet) {
  const Json theirs = redacted(read_now(step, fleet));
  const Json ours = redacted(step.action.object);
  std::string lines;
  for (const FieldConflict& entry : conflict.conflicts()) {
    lines += "\n  " + entry.field + " belongs to \"" + entry.manager + "\": there " +
             to_text(value_at(theirs, entry.field)) + ", wanted " +
             to_text(value_at(ours, entry.field));
  }
  fail(step, "conflict", to_string(step.ref) + " is managed by somebody else; not forced" + lines,
       "agree with its owner, or let him give the field up, then run the same command again");
}

StepEffect apply_object(const Step& step, Fleet& fleet, DryRun dry_run) {
  Json live = step.live;
  for (int round = 1;; ++round) {
    Json object = step.action.object;
    if (!live.is_null()) {
      object["metadata"]["resourceVersion"] = metadata_text(live, "resourceVersion");
    }
    try {
      return {true, fleet.client(step.action.cluster).apply(object, dry_run, fleet.deadline())};
    } catch (const ConflictFailure& conflict) {
      explain_conflict(step, conflict, fleet);
    } catch (const TransportFailure& lost) {
      if (!lost.maybe_sent()) throw;
      live = read_now(step, fleet);
      if (!live.is_null() && compare(step.action.object, live).empty()) return {true, live};
      throw;
    } catch (const Failure& failure) {
      if (failure.problem().code != "precondition" || round >= k_rounds_max) throw;
      live = read_now(step, fleet);
      if (!live.is_null() && compare(step.action.object, live).empty()) return {false, live};
    }
  }
}

StepEffect edit_object(const Step& step, Fleet& fleet, DryRun dry_run) {
  Json operations = Json::array({{{"op", "test"},
                                  {"path", "/metadata/resourceVersion"},
                                  {"value", metadata_text(step.live, "resourceVersion")}}});
  for (const Json& operation : step.action.patch) operations.push_back(operation);
  try {
    return {
        true,
        fleet.client(step.action.cluster).patch(step.ref, operations, dry_run, fleet.deadline())};
  } catch (const TransportFailure& lost) {
    if (!lost.maybe_sent()) throw;
    const Json now = read_now(step, fleet);
    if (now.is_null() || !compare(step.live.patch(step.action.patch), now).empty()) throw;
    return {true, now};
  }
}

StepEffect remove_object(const Step& step, Fleet& fleet, DryRun dry_run) {
  const std::string uid = metadata_text(step.live, "uid");
  const std::string version = metadata_text(step.live, "resourceVersion");
  const bool was_there =
      fleet.client(step.action.cluster).remove(step.ref, uid, version, dry_run, fleet.deadline());
  return {was_there, nullptr};
}

StepEffect restart(const Step& step, Fleet& fleet, DryRun dry_run) {
  const std::time_t now = std::time(nullptr);
  std::array<char, 32> stamp{};
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::strftime(stamp.data(), stamp.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  const Json change{
      {"spec",
       {{"template",
         {{"metadata",
           {{"annotations", {{"kubectl.kubernetes.io/restartedAt", stamp.data()}}}}}}}}}};
  return {true,
          fleet.client(step.action.cluster).merge(step.ref, change, dry_run, fleet.deadline())};
}

StepEffect wait_for(const Step& step, Fleet& fleet, DryRun dry_run) {
  if (dry_run != DryRun::none) return {false, step.live};
  const Deadline deadline = Deadline::in(std::chrono::seconds(step.action.seconds));
  std::chrono::milliseconds pause{200};
  for (;;) {
    const Json live = read_now(step, fleet);
    const Json found =
        live.is_null() ? Json() : live.value(Json::json_pointer(step.action.pointer), Json());
    if (found == step.action.value) return {false, live};
    if (deadline.passed()) {
      fail(step, "deadline",
           to_string(step.ref) + ": " + step.action.pointer + " is " + to_text(found) + " after " +
               std::to_string(step.action.seconds) + " s, not " + to_text(step.action.value));
    }
    if (sleep_until_stop(pause, deadline)) check_stop();
    pause = std::min(pause * 2, std::chrono::milliseconds(5000));
  }
}

StepEffect run_program(const Step& step, DryRun dry_run) {
  if (dry_run != DryRun::none) return {false, nullptr};
  CommandLine command;
  command.program = step.action.program;
  command.arguments = step.action.arguments;
  command.environment = current_environment();
  const ProcessResult result =
      run_process(command, Deadline::in(std::chrono::seconds(step.action.seconds)));
  if (result.end == ProcessResult::End::exited && result.status == 0) return {true, nullptr};
  fail(step, "failed",
       step.action.program + " failed with status " + std::to_string(result.status) + ": " +
           result.errors);
}

StepEffect store(const Step& step, DryRun dry_run) {
  if (dry_run != DryRun::none) return {false, nullptr};
  write_private_file(store_path(step.action.file), step.action.file.data,
                     step.action.file.replace ? Replace::yes : Replace::no);
  return {true, nullptr};
}

}  // namespace

StepEffect apply_step(const Step& step, Fleet& fleet, DryRun dry_run) {
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
      return run_program(step, dry_run);
    case ActionType::wait:
      return wait_for(step, fleet, dry_run);
    case ActionType::restart:
      return restart(step, fleet, dry_run);
  }
  return {};
}

}  // namespace mesh
