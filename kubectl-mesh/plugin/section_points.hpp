#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace mesh {

/// The points whose extensions have a section of mesh.yaml by their name; those of
/// one name share it, and one of them describes it.
inline constexpr std::array<std::string_view, 3> k_section_points{"command/1", "check/1",
                                                                  "overview/1"};
inline bool has_section(std::string_view point) {
  return std::find(k_section_points.begin(), k_section_points.end(), point) !=
         k_section_points.end();
}

}  // namespace mesh
