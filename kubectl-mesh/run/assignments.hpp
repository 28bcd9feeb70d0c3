#pragma once

#include <string>
#include <vector>

#include "mesh/json.hpp"

namespace mesh {

/// `a=b` pairs of --set; a later one wins. Types are the schema's business (plugin/settings.hpp).
/// Throws Failure("usage") for what is no pair.
void set_all(Json& settings, const std::vector<std::string>& assignments);

}  // namespace mesh
