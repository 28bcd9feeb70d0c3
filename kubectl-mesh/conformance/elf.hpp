#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mesh::conformance {

/// Why these bytes are no shared library that this machine can load; empty: they are one.
std::string no_shared_library(std::string_view bytes);

/// The names that a shared library offers to others.
std::vector<std::string> exported_symbols(std::string_view bytes);

}  // namespace mesh::conformance
