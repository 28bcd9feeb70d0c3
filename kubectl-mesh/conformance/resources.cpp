#include "conformance/resources.hpp"

#include <map>

#include "embedded.hpp"

#include "base/schema.hpp"
#include "base/text.hpp"

namespace mesh::conformance {

namespace {

std::map<std::string, Json> read_all() {
  std::map<std::string, Json> documents;
  for (const Embedded& one : k_embedded) {
    documents.emplace(one.name, parse_json(one.text, one.name));
  }
  return documents;
}

/// The deepest complaint is the one about the value itself.
std::string complaint_of(const SchemaError& error) {
  std::string place = join(error.path, "");
  std::erase_if(place, [](char c) { return c == '"'; });
  return place + ": " + error.message;
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
  const auto errors = schema_errors(root, document, [](const std::string& name) -> const Json& {
    return resource("schemas/" + name);
  });
  return errors.empty() ? std::string() : complaint_of(errors.front());
}

}  // namespace mesh::conformance
