#pragma once

#include <string>
#include <string_view>

#include "mesh/host.hpp"

namespace mesh {

/// `name`, if an installed plugin offers it for the point ("ca/1"). Throws Failure("invalid-input")
/// that says what there is.
inline const std::string& require_offered(const Host& host, std::string_view point,
                                          const std::string& name) {
  std::string known;
  for (const ExtensionEntry& entry : host.extensions(point)) {
    if (entry.name == name) return name;
    known += (known.empty() ? "there are: " : ", ") + entry.name;
  }
  throw Failure("invalid-input", "there is no strategy \"" + name + "\" for " + std::string(point),
                known.empty() ? "no plugin offers one; kubectl mesh plugin list" : known);
}

}  // namespace mesh
