#include "plan/wait_step.hpp"

#include "plan/looks.hpp"
#include "plan/object.hpp"
#include "plan/step_tools.hpp"
#include "plan/waiting.hpp"

namespace mesh {

Json wait_until(const Action& wanted, const Step& step, Fleet& fleet) {
  const Deadline deadline = Deadline::in(std::chrono::seconds(wanted.seconds));
  const Looks looks(std::chrono::milliseconds(100));
  for (;;) {
    const Json live = read_now(step, fleet);
    if (reached(wanted, live)) return live;
    if (deadline.passed()) {
      fail_step(
          step, "pending",
          to_string(step.ref) + ": " + still_missing(wanted, live) + " after " +
              std::to_string(wanted.seconds) + " s; pending: " + wanted.reason,
          "look at it with kubectl describe, then run the same command again: it goes on from "
          "here");
    }
    looks.pause(deadline);
  }
}

}  // namespace mesh
