#pragma once

#include <string>

#include "mesh/documents.hpp"

namespace mesh {

/// Whether a `wait` is over, now that its target is `live` (null: not there).
bool reached(const Action& action, const Json& live);
/// What is still missing, for people: "2 of 3 replicas are available".
std::string still_missing(const Action& action, const Json& live);

}  // namespace mesh
