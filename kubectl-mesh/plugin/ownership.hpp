#pragma once

#include "plugin/catalogue.hpp"

namespace mesh {

/// Throws Failure("plugin-refused") if the library is no regular file; or, unless it ships beside
/// the host, if it or its folder belongs to others than root and the operator, or can be written by
/// others: then its code may be anybody's.
void check_ownership(const PluginEntry& entry);

}  // namespace mesh
