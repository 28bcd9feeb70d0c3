#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/json.hpp"

namespace mesh {

/// A place in a file, counted from 1.
struct Place {
  int line = 0, column = 0;
};

/// Where a value stands, and its key if it is in a mapping.
struct Places {
  Place value, key;
};

/// One YAML document as JSON, with the places of every value by its JSON pointer.
struct YamlDocument {
  Json value;
  std::map<std::string, Places> places;
};

/// How much a text may hold. Keys count as values.
struct YamlLimits {
  std::size_t bytes = std::size_t{1} << 20U;
  std::size_t values = 40'000;
};

/// Reads what kubectl would read, and refuses what could be read in two ways or made to explode:
/// aliases, merge keys, duplicate keys, tags, more than one document, more than 64 levels or than
/// the limits allow. Plain scalars resolve by YAML 1.1, as sigs.k8s.io/yaml does. Throws
/// Failure("invalid-input") with "FILE:LINE:COLUMN: what".
YamlDocument parse_yaml(std::string_view text, const std::string& file,
                        const YamlLimits& limits = {});

/// The documents of a text that may hold several, each by the rules of parse_yaml; empty ones are
/// left out. Places are lines of the whole text.
std::vector<Json> parse_yaml_documents(std::string_view text, const std::string& file,
                                       const YamlLimits& limits = {});

}  // namespace mesh
