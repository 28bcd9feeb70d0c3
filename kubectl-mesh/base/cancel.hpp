#pragma once

#include <chrono>
#include <string>

namespace mesh {

using SteadyTime = std::chrono::steady_clock::time_point;

/// When an operation must have ended. Copied by value; a later deadline of a part never extends the
/// whole.
class Deadline {
 public:
  static Deadline never() { return Deadline(SteadyTime::max()); }
  static Deadline in(std::chrono::milliseconds span) {
    return Deadline(std::chrono::steady_clock::now() + span);
  }
  Deadline sooner(Deadline other) const { return m_at < other.m_at ? *this : other; }
  bool passed() const { return std::chrono::steady_clock::now() >= m_at; }
  SteadyTime at() const { return m_at; }
  /// Never negative; at most one day, so that it may be handed to any clock.
  std::chrono::milliseconds left() const;

 private:
  explicit Deadline(SteadyTime at) : m_at(at) {}
  SteadyTime m_at;
};

/// "2.5 s", "30 ms"
std::string seconds_text(std::chrono::milliseconds span);

/// SIGINT and SIGTERM. `install_signal_handlers` once in the engine; the first signal asks for a
/// clean end (work sees `stop_requested`), the second ends the process within a second. SIGPIPE and
/// SIGXFSZ are ignored: the call that caused them says so, too.
void install_signal_handlers();
/// 0, or the number of the first signal.
int stop_signal();
/// Whether this thread is to stop.
bool stop_requested();
/// Throws Failure("cancelled") if a stop was requested.
void check_stop();
/// Sleeps, but wakes for a stop (true) or at the deadline.
bool sleep_until_stop(std::chrono::milliseconds span, Deadline deadline);
/// A file descriptor that becomes readable at the first signal, for poll().
int stop_descriptor();

/// While one lives, its thread ignores the first signal and the run's own time limit: it reverts
/// what must not stay half done. Other threads stop as usual, and the second signal still ends the
/// process.
class StopShield {
 public:
  StopShield();
  StopShield(const StopShield&) = delete;
  StopShield& operator=(const StopShield&) = delete;
  ~StopShield();
  /// Whether this thread has one.
  static bool active();
};

}  // namespace mesh
