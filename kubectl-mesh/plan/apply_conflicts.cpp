#include "plan/apply_conflicts.hpp"

#include <algorithm>
#include <optional>

#include "plan/managed_fields.hpp"
#include "plan/object.hpp"

namespace mesh {

namespace {

bool is_suspect(const Step& step) {
  return step.action.type == ActionType::apply && step.change == Change::update &&
         std::any_of(step.fields.begin(), step.fields.end(), [&](const FieldChange& field) {
           return other_manager(step.live, field.pointer).has_value();
         });
}

std::optional<Problem> refusal_of(const Step& step, Fleet& fleet) {
  try {
    fleet.client(step.action.cluster).apply(step.action.object, DryRun::server, fleet.deadline());
  } catch (const ConflictFailure& conflict) {
    Problem problem = conflict_problem(step, conflict, step.live);
    problem.hint += "; nothing was written anywhere";
    return problem;
  } catch (const Failure&) {
    // What else stands against it is found by its own question, or by the write.
  }
  return std::nullopt;
}

}  // namespace

Problem conflict_problem(const Step& step, const ConflictFailure& conflict, const Json& live) {
  const Json theirs = redacted(live);
  const Json ours = redacted(step.action.object);
  Problem problem;
  problem.code = "conflict";
  problem.message =
      step.action.cluster + ": " + to_string(step.ref) + " is managed by somebody else; not forced";
  for (const FieldConflict& entry : conflict.conflicts()) {
    problem.message += "\n  " + entry.field + " belongs to \"" + entry.manager + "\": there " +
                       to_text(value_at_field(theirs, entry.field)) + ", wanted " +
                       to_text(value_at_field(ours, entry.field));
  }
  problem.hint =
      "let its owner set what is wanted or give the field up, then run the same command again";
  problem.cluster = step.action.cluster;
  problem.object = to_string(step.ref);
  return problem;
}

std::vector<Problem> foreseen_conflicts(const std::vector<Step>& steps, Fleet& fleet) {
  std::vector<const Step*> suspects;
  std::vector<std::string> clusters;
  for (const Step& step : steps) {
    if (!is_suspect(step)) continue;
    suspects.push_back(&step);
    clusters.push_back(step.action.cluster);
  }
  std::vector<std::optional<Problem>> answers(suspects.size());
  fleet.for_each(clusters, [&](std::size_t at) {
    answers[at] = refusal_of(*suspects[at], fleet);
    return answers[at];
  });
  std::vector<Problem> problems;
  for (std::optional<Problem>& answer : answers) {
    if (answer) problems.push_back(std::move(*answer));
  }
  return problems;
}

}  // namespace mesh
