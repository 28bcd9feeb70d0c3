#pragma once

#include <string>
#include <vector>

#include "mesh/documents.hpp"
#include "plugin/catalogue.hpp"

namespace mesh {

// What an installation is made of, and what `doctor` looks at. kubectl knows both programs by
// their names alone.

inline constexpr const char* k_program = "kubectl-mesh";
inline constexpr const char* k_completion_program = "kubectl_complete-mesh";

/// One thing that was looked at.
struct Sight {
  Severity severity = Severity::pass;
  std::string evidence;
  std::string fix{};
};
using Sights = std::vector<Sight>;

// Programs on PATH.
Sights see_first_on_path(const Catalogue& catalogue);
Sights see_taken_words(const Catalogue& catalogue);
Sights see_kubectl(const Catalogue& catalogue);
Sights see_completion(const Catalogue& catalogue);
Sights see_needed_programs(const Catalogue& catalogue);

// Plugins, none of which is loaded.
Sights see_bundled_plugins(const Catalogue& catalogue);
Sights see_unusable_plugins(const Catalogue& catalogue);
Sights see_trust(const Catalogue& catalogue);
Sights see_sandbox(const Catalogue& catalogue);

}  // namespace mesh
