#pragma once

#include <string>

#include "mesh/json.hpp"

namespace mesh::conformance {

/// A document that is compiled in: "schemas/plan.json", "fixtures/world.json".
const Json& resource(const std::string& name);

/// Which part of which schema: "ca.json", "/definitions/issue/reply"; an empty pointer: all of it.
struct SchemaRef {
  std::string file;
  std::string pointer;
};

/// Why a document is not what the schema wants; empty: it is.
std::string misfit(const Json& document, const SchemaRef& schema);

}  // namespace mesh::conformance
