#include "cli/problem_text.hpp"

#include "base/text.hpp"

namespace mesh {

std::string problem_text(const Problem& problem) {
  std::string text = "error: " + escape_terminal(problem.message, true) + "\n";
  if (!problem.hint.empty()) text += "  " + escape_terminal(problem.hint, true) + "\n";
  return text;
}

}  // namespace mesh
