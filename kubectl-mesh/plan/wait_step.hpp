#pragma once

#include <chrono>
#include <functional>

#include "base/cancel.hpp"
#include "plan/diff.hpp"

namespace mesh {

/// How long a wait stays patient; a test brings a clock of its own.
struct Patience {
  /// As long as a fault that waiting does not end must be there before the wait ends early.
  std::chrono::milliseconds grace{30'000};
  /// Between two looks at the pods; what is done sooner costs no request for it.
  std::chrono::milliseconds between_looks{5'000};
  std::function<SteadyTime()> now = [] { return std::chrono::steady_clock::now(); };
  /// Throws Failure("cancelled") at a signal.
  std::function<void(std::chrono::milliseconds)> sleep = [](std::chrono::milliseconds span) {
    if (sleep_until_stop(span, Deadline::never())) check_stop();
  };
};

/// Waits until the object of `step` is as `wanted` says, and returns it as it is then. Throws a
/// Failure "pending", which says why, when the time of `wanted` is up, or sooner when waiting does
/// not help.
Json wait_until(const Action& wanted, const Step& step, Fleet& fleet,
                const Patience& patience = {});

}  // namespace mesh
