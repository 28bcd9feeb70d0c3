#include "conformance/resources.hpp"

#include <map>

#include "embedded.hpp"

namespace mesh::conformance {

namespace {

std::map<std::string, Json> read_all() {
  std::map<std::string, Json> documents;
  for (const Embedded& one : k_embedded) {
    documents.emplace(one.name, parse_json(one.text, one.name));
  }
  return documents;
}

}  // namespace

const Json& resource(const std::string& name) {
  static const std::map<std::string, Json> documents = read_all();
  return documents.at(name);
}

}  // namespace mesh::conformance
