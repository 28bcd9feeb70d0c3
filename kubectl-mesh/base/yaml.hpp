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
};

/// Reads what kubectl would read, and refuses what could be read in two ways or made to explode:
/// aliases, merge keys, duplicate keys, tags, more than one document, more than 1 MiB, 64 levels or
/// 20000 values. Plain scalars resolve by YAML 1.1, as sigs.k8s.io/yaml does. Throws
/// Failure("invalid-input") with "FILE:LINE:COLUMN: what".
YamlDocument parse_yaml(std::string_view text, const std::string& file);

}  // namespace mesh
