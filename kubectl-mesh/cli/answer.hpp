#pragma once

#include <optional>
#include <string>

#include "cli/arguments.hpp"

namespace mesh {

/// What is answered at once, out of manifests alone: help, version, a completion script, the
/// list of plugins. nullopt: the command has to be run.
std::optional<std::string> answer(const Parsed& parsed, const Catalogue& catalogue);

}  // namespace mesh
