#pragma once

#include <map>
#include <string>
#include <string_view>

#include "mesh/json.hpp"

namespace mesh {

/// Where a value stands in its file, counted from 1.
struct Place {
  int line = 0, column = 0;
};

/// One YAML document as JSON, with the place of every value by its JSON pointer.
struct YamlDocument {
  Json value;
  std::map<std::string, Place> places;
  std::map<std::string, Place> keys;  ///< of the values in mappings: where the key stands
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

}  // namespace mesh
