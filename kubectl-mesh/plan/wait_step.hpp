#pragma once

#include "plan/diff.hpp"

namespace mesh {

/// Waits until the object of `step` is as `wanted` says, and returns it as it is then. Throws a
/// Failure "pending" when the time of `wanted` is up.
Json wait_until(const Action& wanted, const Step& step, Fleet& fleet);

}  // namespace mesh
