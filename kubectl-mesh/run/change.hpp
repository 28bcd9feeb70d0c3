#pragma once

#include <functional>

#include "run/identity_check.hpp"
#include "run/refusal.hpp"
#include "run/session.hpp"

#include "mesh/documents.hpp"
#include "plan/executor.hpp"
#include "plan/preflight.hpp"

namespace mesh {

/// One concern's part of a run.
struct Stage {
  std::string name;  ///< of the concern
  std::string verb;  ///< of the concern, that plans it
  /// Plans from what is there now. `ahead`: the stages before it have not been carried out yet.
  std::function<Plan(bool ahead)> plan;
  bool proof = false;       ///< worth its while only if the run has written something
  StepListener listener{};  ///< told of its steps, may be empty
};

/// From plans to the world: look ahead at all stages, preflight, ask, then stage by stage: plan
/// from what is there now, diff, preflight, journal, apply; at the end report. A stage begins when
/// the one before it has ended on all clusters. Throws what is wrong with the operator's input,
/// else Refusal with the problems of `identities`, if there are any. The one way in which anything
/// is ever written to a cluster. Returns the exit status.
int carry_out(const std::vector<Stage>& stages, const std::string& title,
              const Identities& identities, Session& session);

}  // namespace mesh
