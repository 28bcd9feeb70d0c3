#include "conformance/resources.hpp"

#include <map>

#include "embedded.hpp"
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "base/text.hpp"

namespace mesh::conformance {

namespace {

using Adapter = valijson::adapters::NlohmannJsonAdapter;

std::map<std::string, Json> read_all() {
  std::map<std::string, Json> documents;
  for (const Embedded& one : k_embedded) {
    documents.emplace(one.name, parse_json(one.text, one.name));
  }
  return documents;
}

/// The deepest complaint is the one about the value itself.
std::string complaint_of(valijson::ValidationResults& results) {
  valijson::ValidationResults::Error error;
  if (!results.popError(error)) return "does not fit";
  std::string place = join(error.context, "");
  std::erase_if(place, [](char c) { return c == '"'; });
  return place + ": " + error.description;
}

}  // namespace

const Json& resource(const std::string& name) {
  static const std::map<std::string, Json> documents = read_all();
  return documents.at(name);
}

std::string misfit(const Json& document, const SchemaRef& wanted) {
  Json root = resource("schemas/" + wanted.file);
  // The root stays, because references into the same file start from there.
  if (!wanted.pointer.empty())
    root = {{"definitions", root["definitions"]}, {"allOf", {{{"$ref", "#" + wanted.pointer}}}}};
  valijson::Schema schema;
  valijson::SchemaParser(valijson::SchemaParser::kDraft7)
      .populateSchema(
          Adapter(root), schema,
          [](const std::string& name) { return &resource("schemas/" + name); }, [](const Json*) {});
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(schema, Adapter(document), &results)) return {};
  return complaint_of(results);
}

}  // namespace mesh::conformance
