#pragma once

#include <optional>

#include "mesh/host.hpp"

namespace mesh {

/// The part of a whole list that a narrower one asks for, by its namespace and labels. Nothing: its
/// selector says more than KEY and KEY=VALUE, and the server has to judge.
std::optional<Json> narrowed(const Json& list, const Read& read);

}  // namespace mesh
