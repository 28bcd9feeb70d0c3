#pragma once

#include <map>
#include <string>

#include "mesh/json.hpp"

namespace mesh {

using Labels = std::map<std::string, std::string>;

/// A map of texts; what is no text is left out.
Labels labels_of(const Json& map);

/// Kubernetes' LabelSelector, matchLabels and matchExpressions; an empty one takes everything.
bool selects(const Json& selector, const Labels& labels);

}  // namespace mesh
