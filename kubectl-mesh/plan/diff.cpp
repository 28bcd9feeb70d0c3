#include "plan/diff.hpp"

#include <set>

#include "base/files.hpp"
#include "plan/object.hpp"
#include "plan/read_ahead.hpp"
#include "plan/store.hpp"
#include "plan/waiting.hpp"

namespace mesh {

namespace {

ObjectRef touched_by(const Action& action) {
  return action.type == ActionType::apply ? ref_of(action.object) : action.target;
}

std::vector<Read> touched_by(const std::vector<Action>& actions) {
  std::vector<Read> reads;
  for (const Action& action : actions) {
    const ObjectRef ref = touched_by(action);
    if (!ref.name.empty())
      reads.push_back({.cluster = action.cluster, .object = ref, .labels = {}, .next = {}});
  }
  return reads;
}

void require(const Json& precondition, const Step& step) {
  for (const auto& [pointer, wanted] : precondition.items()) {
    const Json found = find_at(step.live, pointer);
    if (found == wanted) continue;
    Problem problem;
    problem.code = "precondition";
    problem.message = step.action.cluster + ": " + to_string(step.ref) +
                      " is not as expected any more (" + pointer + ")";
    problem.hint = "run the same command again: it plans from what is there now";
    problem.cluster = step.action.cluster;
    problem.object = to_string(step.ref);
    throw Failure(std::move(problem));
  }
}

void diff_apply(Step& step) {
  if (step.live.is_null() || is_ending(step.live)) {
    step.change = Change::create;
    return;
  }
  step.fields = compare(step.action.object, step.live);
  step.change = step.fields.empty() ? Change::leave : Change::update;
}

[[noreturn]] void cannot_edit(const Step& step, const std::string& why) {
  Problem problem;
  problem.code = "precondition";
  problem.message = step.action.cluster + ": " + to_string(step.ref) + " " + why;
  problem.cluster = step.action.cluster;
  problem.object = to_string(step.ref);
  throw Failure(std::move(problem));
}

void diff_edit(Step& step) {
  if (step.live.is_null()) cannot_edit(step, "is not there to be edited");
  require(step.action.precondition, step);
  Json after = step.live;
  try {
    after = step.live.patch(step.action.patch);
  } catch (const Json::exception& error) {
    // What the library says repeats the values of the patch.
    cannot_edit(step, is_secret(step.live) ? "cannot be edited: the patch does not fit"
                                           : std::string("cannot be edited: ") + error.what());
  }
  step.fields = differences(step.live, after);
  step.change = step.fields.empty() ? Change::leave : Change::update;
}

void diff_remove(Step& step) {
  if (step.live.is_null()) return;
  require(step.action.precondition, step);
  step.change = Change::remove;
}

void diff_store(Step& step) {
  const std::optional<std::string> stored = read_private_file(store_path(step.action.file));
  step.change = stored == step.action.file.data ? Change::leave : Change::act;
}

Step diff_one(Action&& action, Fleet& fleet) {
  Step step{
      .action = std::move(action), .ref = {}, .change = Change::leave, .fields = {}, .live = {}};
  step.ref = touched_by(step.action);
  if (!step.ref.name.empty()) {
    ReadResult read = fleet.snapshot(step.action.cluster, step.ref);
    if (read.problem) throw Failure(*read.problem);
    step.live = std::move(read.object);
  }
  switch (step.action.type) {
    case ActionType::apply:
      diff_apply(step);
      break;
    case ActionType::edit:
      diff_edit(step);
      break;
    case ActionType::remove:
      diff_remove(step);
      break;
    case ActionType::store:
      diff_store(step);
      break;
    default:
      step.change = Change::act;
  }
  // Of a large mesh nearly all is as wanted: nobody looks at it again.
  if (step.change == Change::leave) step.live = nullptr;
  return step;
}

/// A wait that is over, and a proof, are only worth a step behind something that changes: in its
/// cluster, or for a proof without one anywhere.
void leave_idle_waits(std::vector<Step>& steps) {
  std::set<std::string> changing;
  for (Step& step : steps) {
    const bool waits = step.action.type == ActionType::wait && reached(step.action, step.live);
    const bool proves = step.action.type == ActionType::prove;
    const std::string& cluster = step.action.cluster;
    const bool idle = cluster.empty() ? changing.empty() : !changing.contains(cluster);
    if ((waits || proves) && idle) step.change = Change::leave;
    if (step.change != Change::leave) changing.insert(step.action.cluster);
  }
}

}  // namespace

std::vector<Step> diff(std::vector<Action> actions, Fleet& fleet) {
  // Asked for at once; later looks are answered from the snapshot.
  read_ahead(touched_by(actions), fleet);
  std::vector<Step> steps;
  steps.reserve(actions.size());
  for (Action& action : actions) steps.push_back(diff_one(std::move(action), fleet));
  leave_idle_waits(steps);
  return steps;
}

std::vector<Action> actions_of(const std::vector<Step>& steps) {
  std::vector<Action> actions;
  for (const Step& step : steps) actions.push_back(step.action);
  return actions;
}

}  // namespace mesh
