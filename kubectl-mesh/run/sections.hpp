#pragma once

#include <map>
#include <string>

#include "mesh/json.hpp"
#include "plugin/catalogue.hpp"

namespace mesh {

/// A section of mesh.yaml, as the manifests describe it.
struct Section {
  Json schema;                             ///< of the settings of who has the section
  std::string chooser;                     ///< the setting that names a strategy; empty: none does
  std::map<std::string, Json> strategies;  ///< the schemas of all there are, by name
  bool skippable = true;                   ///< it is a concern's, which `skip` may name
};

/// One for each name of what has a section (plugin/section_points.hpp): concerns, and checks and
/// overviews without one. A setting whose schema says "x-point": "ca/1" names an extension of that
/// point.
std::map<std::string, Section> sections_of(const Catalogue& catalogue);

/// What a section may hold: the concern's settings and those of the strategy that it names, or of
/// every strategy if it leaves the choice open. Closed, unless a strategy does not say what it
/// takes.
Json schema_of(const Section& section, const Json& settings);

}  // namespace mesh
