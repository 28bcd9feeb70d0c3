#pragma once

#include "run/session.hpp"

namespace mesh {

// Certificates are valid by the clocks of the clusters, and issued by the clock of this machine.

/// A warning for each cluster whose clock differs by more than a minute, as far as it has answered.
void warn_of_clocks(Session& session);
/// Throws Failure("refused") if the clock of a cluster differs by more than five minutes.
void require_clocks(Fleet& fleet);

}  // namespace mesh
