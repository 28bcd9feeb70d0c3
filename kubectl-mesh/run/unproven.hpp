#pragma once

#include "run/session.hpp"

#include "plan/preflight.hpp"

namespace mesh {

/// Reverts what earlier runs were killed over before it was proven to work, in the clusters of this
/// run, and says so. A run that only shows its plan says it and writes nothing. Throws Failure if a
/// right is missing or the operator declines; Refusal with all problems of the preflight.
void revert_unproven(const Identities& identities, Session& session);

}  // namespace mesh
