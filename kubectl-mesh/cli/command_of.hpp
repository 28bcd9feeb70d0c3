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
  constexpr std::array<std::string_view, 10> k_of_this_run{
      "output", "output-dir", "o",      "dry-run",    "show-secrets",
      "diff",   "yes",        "accept", "no-headers", "v"};
  std::string line = invocation.program;
  for (std::size_t at = 0; at < words.size(); ++at) {
    // A concern whose verb has its own name is called by one word.
    if (at == 0 || words[at] != words[at - 1]) line += " " + words[at];
  }
  for (const Invocation::ShownFlag& flag : invocation.shown_flags) {
    const bool stays =
        std::find(k_of_this_run.begin(), k_of_this_run.end(), flag.name) == k_of_this_run.end();
    if (stays && (!flag.of_verb || words == invocation.command)) line += " " + flag.word;
  }
  return line + (more.empty() ? "" : " " + more);
}

}  // namespace mesh
