#pragma once

#include <fstream>
#include <memory>
#include <string>

#include <catch2/catch.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "mesh/json.hpp"

// The schemas of sdk/schemas as judges of documents.

namespace mesh::test {

inline Json schema_file(const std::string& name) {
  std::ifstream file(std::string(MESH_SCHEMAS) + "/" + name);
  REQUIRE(file.good());
  return Json::parse(file);
}

/// "" if the document is what the schema at `pointer` of `file` wants, else why not.
inline std::string misfit(const Json& document, const std::string& file,
                          const std::string& pointer = "") {
  using Adapter = valijson::adapters::NlohmannJsonAdapter;
  Json root = schema_file(file);
  // The root must stay, because references into the same file start from there.
  if (!pointer.empty()) {
    REQUIRE(root.contains(Json::json_pointer(pointer)));
    root["allOf"] = {{{"$ref", "#" + pointer}}};
  }
  valijson::Schema schema;
  const auto fetch = [](const std::string& uri) { return new Json(schema_file(uri)); };
  const auto free = [](const Json* loaded) { delete loaded; };
  valijson::SchemaParser(valijson::SchemaParser::kDraft7)
      .populateSchema(Adapter(root), schema, fetch, free);
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(schema, Adapter(document), &results)) return {};
  std::string why = "does not fit:";
  valijson::ValidationResults::Error error;
  while (results.popError(error)) why += " " + error.description;
  return why;
}

}  // namespace mesh::test
