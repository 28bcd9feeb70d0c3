#pragma once

#include <functional>

#include "run/refusal.hpp"
#include "run/session.hpp"

#include "mesh/documents.hpp"
#include "plan/preflight.hpp"

namespace mesh {

/// One concern's part of a run.
struct Stage {
  std::string name;  ///< of the concern
  /// Plans from what is there now. `ahead`: the stages before it have not been carried out yet.
  std::function<Plan(bool ahead)> plan;
  bool proof = false;  ///< worth its while only if the run has written something
};

/// From plans to the world: look ahead at all stages, preflight, ask, then stage by stage: plan
/// from what is there now, diff, preflight, journal, apply; at the end report. A stage begins when
/// the one before it has ended on all clusters. The one way in which anything is ever written to a
/// cluster. Returns the exit status.
int carry_out(const std::vector<Stage>& stages, const std::string& title,
              const Identities& identities, Session& session);
/// The same for one plan that is made already.
int carry_out(const Plan& plan, const Identities& identities, Session& session);

/// Asks who the clusters are; throws if one does not answer, two contexts mean the same one, or
/// mesh.yaml means another one: before that nothing may be planned, let alone written.
Identities identify_all(Session& session);

}  // namespace mesh
