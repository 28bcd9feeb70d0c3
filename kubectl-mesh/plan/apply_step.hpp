#pragma once

#include "plan/executor.hpp"

namespace mesh {

/// What the object is after a step; null when it is gone or the step is not about an object.
struct StepEffect {
  bool changed = true;  ///< false: found done already
  Json object;
};

/// A step that failed, and may have written all the same.
class UnclearFailure : public Failure {
 public:
  using Failure::Failure;
};

/// Carries one step out. A write whose answer was lost is read back: if the world is as wanted, it
/// counts. An object that changed under us is read and compared again, five times at most. Throws
/// Failure.
/// `ask` answers proofs.
StepEffect apply_step(const Step& step, Fleet& fleet, DryRun dry_run, const Asker& ask = {});

}  // namespace mesh
