#pragma once

#include <map>
#include <string>

#include "plugin/catalogue.hpp"

namespace mesh {

// lib/kubectl-mesh/bundled-plugins.json, written by the build: which plugins ship with us, and so
// much of their manifests as the help of the whole, `version` and completion of a word show. To
// read that takes a fifth of the time that the manifests take.

/// By file name without its extension. Throws Failure if there is none that can be read.
std::map<std::string, Manifest> read_index();
/// Its text. Throws Failure if one of these is not installed, or cannot be used.
std::string index_of(const std::vector<std::string>& names);

/// read_catalogue(), with what the index says of the bundled plugins in place of their manifests.
Catalogue read_outline();

}  // namespace mesh
