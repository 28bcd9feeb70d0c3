#pragma once

#include <string>

#include "cli/invocation.hpp"
#include "plugin/catalogue.hpp"

namespace mesh {

/// What `version` prints, in the format asked for.
std::string version_text(OutputFormat format, const Catalogue& catalogue);

}  // namespace mesh
