#pragma once

#include <string>
#include <vector>

#include "plugin/pins.hpp"

namespace mesh {

// What the operator grants when he trusts a plugin, in words for people, and how that differs from
// what he granted before.

/// "read v1/Service", "open connections": nothing for a plugin that only computes.
std::vector<std::string> rights_in_words(const Needs& needs);

struct RightChanges {
  std::string version;  ///< that was trusted last; empty: none is, so every right is gained
  std::vector<std::string> gained{}, lost{};
};
/// Compares a manifest with the version of it in `pins`. What a "*" or a point covers already is
/// not gained by being named.
RightChanges changes_since_trusted(const Manifest& manifest, const Json& pins);

/// What a pin keeps of a manifest, for the comparison with later ones: "needs" and "provides".
Json granted_by(const Manifest& manifest);

}  // namespace mesh
