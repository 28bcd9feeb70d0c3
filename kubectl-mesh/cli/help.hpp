#pragma once

#include <string>
#include <vector>

#include "plugin/catalogue.hpp"

namespace mesh {

/// Help for the words given so far: the whole tool, a concern, a verb. `program` opens every usage
/// line.
std::string help_text(const std::string& program, const std::vector<std::string>& words,
                      const Catalogue& catalogue);

}  // namespace mesh
