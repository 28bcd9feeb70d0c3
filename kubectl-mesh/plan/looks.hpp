#pragma once

#include <algorithm>
#include <chrono>

#include "base/cancel.hpp"

namespace mesh {

/// How long to sleep between two looks at what comes by and by: that it is there may be noticed
/// late by a fifth of the time that it took.
inline std::chrono::milliseconds pause_after(
    std::chrono::milliseconds waited,
    std::chrono::milliseconds least = std::chrono::milliseconds(100)) {
  constexpr std::chrono::milliseconds k_most{2000};
  return std::clamp(waited / 5, least, k_most);
}

/// Sleeps between two looks.
class Looks {
 public:
  explicit Looks(std::chrono::milliseconds least) : m_least(least) {}

  /// Since the first look.
  std::chrono::milliseconds waited() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 m_begun);
  }
  void pause(Deadline deadline) const {
    if (sleep_until_stop(pause_after(waited(), m_least), deadline)) check_stop();
  }

 private:
  const std::chrono::milliseconds m_least;
  const SteadyTime m_begun = std::chrono::steady_clock::now();
};

}  // namespace mesh
