#include "base/schema.hpp"

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace mesh {

namespace {

using Adapter = valijson::adapters::NlohmannJsonAdapter;

void read_schema(const Json& text, const SchemaLookup& lookup, valijson::Schema& schema) {
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  if (!lookup) return parser.populateSchema(Adapter(text), schema);
  parser.populateSchema(
      Adapter(text), schema, [&](const std::string& name) { return &lookup(name); },
      [](const Json*) {});
}

}  // namespace

std::vector<SchemaError> schema_errors(const Json& schema, const Json& document,
                                       const SchemaLookup& lookup) {
  valijson::Schema parsed;
  read_schema(schema, lookup, parsed);
  valijson::Validator validator;
  valijson::ValidationResults results;
  std::vector<SchemaError> errors;
  if (validator.validate(parsed, Adapter(document), &results)) return errors;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) errors.push_back({error.context, error.description});
  return errors;
}

}  // namespace mesh
