#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "mesh/documents.hpp"

namespace mesh {

/// The points whose extensions have a section of mesh.yaml by their name; those of
/// one name share it, and one of them describes it.
inline constexpr std::array<std::string_view, 3> k_section_points{"command/1", "check/1",
                                                                  "overview/1"};
inline bool has_section(std::string_view point) {
  return std::find(k_section_points.begin(), k_section_points.end(), point) !=
         k_section_points.end();
}

/// The section of one of a plugin's extensions: the one of its own name. What a plugin with one
/// concern offers under another name, as helm its checks of Istio, shares the concern's.
inline std::string section_of(const Manifest& manifest, const Extension& extension) {
  std::vector<std::string> concerns;
  for (const Extension& offered : manifest.provides) {
    if (offered.point == "command/1") concerns.push_back(offered.name);
  }
  const bool other = std::find(concerns.begin(), concerns.end(), extension.name) == concerns.end();
  return other && concerns.size() == 1 ? concerns.front() : extension.name;
}

}  // namespace mesh
