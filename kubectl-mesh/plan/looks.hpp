#pragma once

#include <algorithm>
#include <chrono>

#include "base/cancel.hpp"

namespace mesh {

/// Sleeps between two looks at what comes by and by: that it is there may be noticed late by a
/// fifth of the time that it took.
class Looks {
 public:
  explicit Looks(std::chrono::milliseconds least) : m_least(least) {}

  void pause(Deadline deadline) const {
    const auto fifth = std::chrono::duration_cast<std::chrono::milliseconds>(
        (std::chrono::steady_clock::now() - m_begun) / 5);
    if (sleep_until_stop(std::clamp(fifth, m_least, k_most), deadline)) check_stop();
  }

 private:
  static constexpr std::chrono::milliseconds k_most{2000};
  const std::chrono::milliseconds m_least;
  const SteadyTime m_begun = std::chrono::steady_clock::now();
};

}  // namespace mesh
