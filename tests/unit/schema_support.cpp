#include "unit/schema_support.hpp"

#include <fstream>
#include <map>

#include "unit/places.hpp"

#include "base/schema.hpp"
#include "mesh/problem.hpp"

namespace mesh::test {

const Json& schema_file(const std::string& name) {
  static std::map<std::string, Json> read;
  const auto known = read.find(name);
  if (known != read.end()) return known->second;
  std::ifstream file(std::string(k_schemas) + "/" + name);
  if (!file.good()) throw Failure("not-found", "there is no schema " + name);
  return read.emplace(name, Json::parse(file)).first->second;
}

std::string misfit(const Json& document, const std::string& file, const std::string& pointer) {
  Json root = schema_file(file);
  // The root must stay, because references into the same file start from there.
  if (!pointer.empty()) {
    if (!root.contains(Json::json_pointer(pointer))) return file + " has no " + pointer;
    root["allOf"] = {{{"$ref", "#" + pointer}}};
  }
  const auto errors = schema_errors(root, document, schema_file);
  if (errors.empty()) return {};
  std::string why = "does not fit:";
  for (const SchemaError& error : errors) why += " " + error.message;
  return why;
}

}  // namespace mesh::test
