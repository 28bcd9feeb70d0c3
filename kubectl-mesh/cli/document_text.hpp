#pragma once

#include <string>

#include "cli/invocation.hpp"
#include "mesh/json.hpp"

namespace mesh {

/// One document as text, for -o json (indented, ASCII, so that nothing of it can steer a terminal)
/// or else as YAML.
std::string document_text(const Json& document, OutputFormat format);

/// Whether the format is for programs: one document on stdout, on failure too.
inline bool is_document(OutputFormat format) {
  return format == OutputFormat::json || format == OutputFormat::yaml;
}

/// YAML as kubectl prints it. A string is quoted if YAML 1.1 or 1.2 would read it as anything else;
/// several lines, such as PEM, stand as a block.
std::string to_yaml(const Json& document);

}  // namespace mesh
