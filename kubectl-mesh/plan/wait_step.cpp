#include "plan/wait_step.hpp"

#include <algorithm>
#include <optional>

#include "plan/looks.hpp"
#include "plan/object.hpp"
#include "plan/step_tools.hpp"
#include "plan/wait_causes.hpp"
#include "plan/waiting.hpp"

namespace mesh {

namespace {

using std::chrono::milliseconds;

// What is kept of the time of the whole run, to ask why when it ends during a wait.
constexpr milliseconds k_for_causes{4'000};
constexpr milliseconds k_long = std::chrono::hours(1);

/// One wait: when it ends, and what is known by then.
class Waiting {
 public:
  Waiting(const Action& wanted, const Step& step, Fleet& fleet, const Patience& patience)
      : m_wanted(wanted),
        m_step(step),
        m_fleet(fleet),
        m_patience(patience),
        m_causes(step, fleet),
        m_begun(patience.now()),
        m_next_look(m_begun + patience.between_looks) {}

  Json until_reached() {
    const milliseconds most = std::chrono::seconds(m_wanted.seconds);
    for (;;) {
      const Json live = read_now(m_step, m_fleet);
      if (reached(m_wanted, live)) return live;
      if (elapsed() >= most) {
        m_causes.look(live);
        fail(live, "pending", " after " + std::to_string(m_wanted.seconds) + " s");
      }
      if (is_in_vain(live)) {
        fail(live, "pending",
             " after " + seconds_text(elapsed()) + "; waiting longer does not help");
      }
      if (m_fleet.deadline(k_long).left() < k_for_causes) {
        m_causes.look(live);
        fail(live, "deadline", " after " + seconds_text(elapsed()) + "; the run's --timeout ends");
      }
      m_patience.sleep(std::min({pause_after(elapsed()), most - elapsed(), k_for_causes / 4}));
    }
  }

 private:
  milliseconds elapsed() const {
    return std::chrono::duration_cast<milliseconds>(m_patience.now() - m_begun);
  }

  /// Whether it has been as long as the grace that something stands against it which waiting does
  /// not end.
  bool is_in_vain(const Json& live) {
    const SteadyTime now = m_patience.now();
    if (now < m_next_look) return false;
    m_next_look = now + m_patience.between_looks;
    m_causes.look(live);
    if (!m_causes.lasting()) {
      m_lasting_since.reset();
      return false;
    }
    if (!m_lasting_since) m_lasting_since = now;
    return now - *m_lasting_since >= m_patience.grace;
  }

  [[noreturn]] void fail(const Json& live, const char* code, const std::string& when) {
    const std::string why = m_causes.lines();
    fail_step(m_step, code,
              to_string(m_step.ref) + ": " + still_missing(m_wanted, live) + when +
                  "; pending: " + m_wanted.reason + why,
              m_causes.hint());
  }

  const Action& m_wanted;
  const Step& m_step;
  Fleet& m_fleet;
  const Patience& m_patience;
  WaitCauses m_causes;
  const SteadyTime m_begun;
  SteadyTime m_next_look;
  std::optional<SteadyTime> m_lasting_since;
};

}  // namespace

Json wait_until(const Action& wanted, const Step& step, Fleet& fleet, const Patience& patience) {
  return Waiting(wanted, step, fleet, patience).until_reached();
}

}  // namespace mesh
