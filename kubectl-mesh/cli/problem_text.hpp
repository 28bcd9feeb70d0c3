#pragma once

#include <string>
#include <vector>

#include "cli/invocation.hpp"
#include "mesh/problem.hpp"

namespace mesh {

/// "error: CLUSTER: OBJECT: what failed\n  what to do\n", safe for a terminal. Cluster and object
/// are added only where the message does not name them itself.
std::string problem_text(const Problem& problem);

/// The problems for stderr, or the document of kind Error for stdout if the format is one for
/// programs.
std::string problems_text(const std::vector<Problem>& problems, OutputFormat format);

}  // namespace mesh
