#pragma once

#include <string_view>

namespace mesh {

/// The exit statuses, the same for every verb and every -o. `kubectl mesh --help` prints them.
enum ExitCode : int {
  k_exit_done = 0,
  k_exit_difference = 1,   ///< difference found, check failed, or failed with nothing written
  k_exit_usage = 2,        ///< bad usage or input; nothing was contacted
  k_exit_partial = 3,      ///< a part is done, the rest is pending; rerun continues
  k_exit_refused = 4,      ///< conflict or safety
  k_exit_unreachable = 5,  ///< or not authorised
  k_exit_deadline = 6,
  k_exit_plugin = 7,
  k_exit_bug = 70,
  k_exit_interrupted = 130,
  k_exit_terminated = 143,
};

/// The status that a Problem with this code leads to when nothing was written yet.
ExitCode exit_code_of(std::string_view problem_code);

}  // namespace mesh
