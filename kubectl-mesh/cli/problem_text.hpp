#pragma once

#include <string>

#include "mesh/problem.hpp"

namespace mesh {

/// "error: what failed\n  what to do\n", safe for a terminal.
std::string problem_text(const Problem& problem);

}  // namespace mesh
