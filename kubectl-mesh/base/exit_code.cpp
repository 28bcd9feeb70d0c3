#include "base/exit_code.hpp"

#include <algorithm>

#include "mesh/problem_codes.hpp"

namespace mesh {

ExitCode exit_code_of(std::string_view problem_code) {
  const auto* row =
      std::find_if(k_problem_codes.begin(), k_problem_codes.end(),
                   [&](const ProblemCode& code) { return code.word == problem_code; });
  return row == k_problem_codes.end() ? k_exit_difference : static_cast<ExitCode>(row->exit_status);
}

}  // namespace mesh
