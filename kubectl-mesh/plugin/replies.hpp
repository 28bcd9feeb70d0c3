#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "mesh/documents.hpp"

// What an answer of a plugin must look like: sdk/schemas, compiled in.

namespace mesh {

/// Which part of which schema: "ca.json", "/definitions/issue/reply"; an empty pointer: all of it.
struct SchemaRef {
  std::string file;
  std::string pointer;
};

/// A verb of a point beside command/1, whose verbs its manifest declares.
struct PointVerb {
  const char* point;
  const char* verb;
  const char* schema;
  const char* ability;  ///< only for who has it; empty: for all
};
std::span<const PointVerb> point_verbs();

/// Where the reply of a verb is described.
SchemaRef reply_of(const PointVerb& row);
SchemaRef reply_of(const Verb& verb);
/// The same by name; nothing for a point that this host does not know.
std::optional<SchemaRef> reply_of(const Extension& extension, std::string_view verb);

/// Why a document is not what the schema wants; empty: it is.
std::string misfit(const Json& document, const SchemaRef& schema);

}  // namespace mesh
