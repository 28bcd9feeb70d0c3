#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "cli/invocation.hpp"

namespace mesh {

/// Returns the command that runs a verb on the same clusters with the same settings as this one,
/// for people to type. What says how the result is shown stays out.
inline std::string command_of(const Invocation& invocation, const std::vector<std::string>& words,
                              const std::string& more = {}) {
  constexpr std::array<std::string_view, 9> k_of_this_run{
      "output", "output-dir", "o", "dry-run", "show-secrets", "diff", "yes", "no-headers", "v"};
  std::string line = invocation.program;
  for (const std::string& word : words) line += " " + word;
  for (const auto& [name, shown] : invocation.shown_flags) {
    const bool stays =
        std::find(k_of_this_run.begin(), k_of_this_run.end(), name) == k_of_this_run.end();
    if (stays) line += " " + shown;
  }
  return line + (more.empty() ? "" : " " + more);
}

}  // namespace mesh
