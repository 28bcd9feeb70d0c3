#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace mesh {

/// How often and how safely a request may be repeated.
enum class Repeat {
  freely,     ///< reads, and writes that say the same twice: server-side apply, an access review
  after_look  ///< others: after an unclear end the caller must read back first
              ///< (plan/apply_step.cpp)
};

/// How a try ended, as far as the decision needs it.
struct Ending {
  int status = 0;  ///< 0: no answer
  bool maybe_sent = false;
  bool worth_it = false;  ///< without an answer: the connection broke, not the deadline or trust
  std::optional<std::chrono::seconds> retry_after;
  /// The server could not call an admission webhook: nothing was written, and the webhook may come.
  bool webhook_down = false;
};

/// Full jitter: many clients that failed together do not come back together.
std::chrono::milliseconds pause_before(int tries);

/// What to do next: nullopt gives up, else waits that long and tries again.
std::optional<std::chrono::milliseconds> next_try(const Ending& ending, Repeat repeat, int tries);

/// Seconds, or nullopt for the date form that API servers do not use.
std::optional<std::chrono::seconds> parse_retry_after(const std::string& header);

inline constexpr int k_tries_max = 10;
/// Of a webhook that is down: it is rarely back within the seconds that more tries would take.
inline constexpr int k_webhook_tries = 3;

}  // namespace mesh
