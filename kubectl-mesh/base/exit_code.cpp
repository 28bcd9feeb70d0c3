#include "base/exit_code.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mesh {

namespace {

// Every code that the host itself gives to a Problem. Plugins may use any of them, or their own:
// an unknown code is a failure with nothing written.
constexpr std::array<std::pair<std::string_view, ExitCode>, 23> k_codes{{
    {"usage", k_exit_usage},
    {"invalid-input", k_exit_usage},
    {"invalid-kubeconfig", k_exit_usage},
    {"unknown-context", k_exit_usage},
    {"unsupported", k_exit_usage},
    {"conflict", k_exit_refused},
    {"refused", k_exit_refused},
    {"precondition", k_exit_refused},
    {"same-cluster", k_exit_refused},
    {"unreachable", k_exit_unreachable},
    {"tls", k_exit_unreachable},
    {"redirect", k_exit_unreachable},
    {"unauthorized", k_exit_unreachable},
    {"forbidden", k_exit_unreachable},
    {"credential", k_exit_unreachable},
    {"throttled", k_exit_unreachable},
    {"deadline", k_exit_deadline},
    {"pending", k_exit_partial},
    {"plugin-fault", k_exit_plugin},
    {"invalid-document", k_exit_plugin},
    {"plugin-refused", k_exit_plugin},
    {"cancelled", k_exit_interrupted},
    {"internal", k_exit_bug},
}};

}  // namespace

ExitCode exit_code_of(std::string_view problem_code) {
  const auto* row = std::find_if(k_codes.begin(), k_codes.end(),
                                 [&](const auto& entry) { return entry.first == problem_code; });
  return row == k_codes.end() ? k_exit_difference : row->second;
}

}  // namespace mesh
