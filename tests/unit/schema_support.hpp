#pragma once

#include <string>

#include "mesh/json.hpp"

// The schemas of sdk/schemas as judges of documents.

namespace mesh::test {

const Json& schema_file(const std::string& name);

/// "" if the document is what the schema at `pointer` of `file` wants, else why not.
std::string misfit(const Json& document, const std::string& file, const std::string& pointer = "");

}  // namespace mesh::test
