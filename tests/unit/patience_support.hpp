#pragma once

#include <chrono>
#include <ctime>
#include <thread>

// A machine that others use too may stop a test for seconds. So no test measures wall time: it
// waits until something is so, and gives up when that is surely not to come.

namespace mesh::test {

inline constexpr std::chrono::seconds k_patience{60};

/// Returns whether `condition` came true; false after a minute.
template <typename Condition>
bool eventually(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + k_patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// CPU seconds of this process.
inline double cpu_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

}  // namespace mesh::test
