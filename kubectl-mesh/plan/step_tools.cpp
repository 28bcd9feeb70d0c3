#include "plan/step_tools.hpp"

#include "plan/object.hpp"
#include "plan/read_ahead.hpp"

namespace mesh {

void fail_step(const Step& step, const char* code, const std::string& what,
               const std::string& hint) {
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

std::vector<ReadResult> read_now(const std::vector<Read>& reads, Fleet& fleet) {
  for (const Read& read : reads) fleet.forget(read.cluster, read.object);
  try {
    read_ahead(reads, fleet);
  } catch (const Failure&) {
    // The read of each object says it.
  }
  return fleet.read(reads);
}

}  // namespace mesh
