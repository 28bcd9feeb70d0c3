#pragma once

#include <string>

#include "mesh/documents.hpp"

namespace mesh {

/// Why an extension has a name that another meaning has taken: its own, one of its options or of
/// its settings. Empty: it has none. The names are in sdk/schemas/manifest.json.
std::string reserved_name_in(const Extension& extension);

}  // namespace mesh
