#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mesh/json.hpp"

// Judges documents by JSON Schema (draft 7). valijson is compiled in schema.cpp and nowhere else:
// its templates cost half a minute for each file that includes them.

namespace mesh {

struct SchemaError {
  std::vector<std::string> path;  ///< where in the document, outermost first: "<root>", "[name]"
  std::string message;
};

/// Returns the document that a reference to another file names; it must outlive the call.
using SchemaLookup = std::function<const Json&(const std::string& name)>;

/// Returns what does not fit, in valijson's order; nothing if the document is valid.
/// Throws std::exception if the schema cannot be read.
std::vector<SchemaError> schema_errors(const Json& schema, const Json& document,
                                       const SchemaLookup& lookup = {});

}  // namespace mesh
