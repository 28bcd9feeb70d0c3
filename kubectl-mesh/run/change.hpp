#pragma once

#include "run/refusal.hpp"
#include "run/session.hpp"

#include "mesh/documents.hpp"
#include "plan/preflight.hpp"

namespace mesh {

/// From a plan to the world: show, preflight, ask, journal, apply, report. The one way in which
/// anything is ever written to a cluster. Returns the exit status.
int carry_out(const Plan& plan, const Identities& identities, Session& session);

/// Asks who the clusters are; throws if one does not answer or two contexts mean the same one:
/// before that nothing may be planned, let alone written.
Identities identify_all(Session& session);

}  // namespace mesh
