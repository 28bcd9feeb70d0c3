#include "plugin/replies.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "schemas.hpp"

#include "base/schema.hpp"
#include "base/text.hpp"
#include "mesh/lookup.hpp"

namespace mesh {

namespace {

constexpr std::array<PointVerb, 17> k_verbs{{{"ca/1", "roots", "ca.json", ""},
                                             {"ca/1", "issue", "ca.json", "issue"},
                                             {"ca/1", "rotate", "ca.json", "rotate"},
                                             {"ca/1", "bring", "ca.json", "bring"},
                                             {"dns/1", "fit", "dns.json", ""},
                                             {"dns/1", "look", "dns.json", ""},
                                             {"dns/1", "plan", "dns.json", ""},
                                             {"dns/1", "remove", "dns.json", ""},
                                             {"exposure/1", "sync", "exposure.json", ""},
                                             {"exposure/1", "remove", "exposure.json", ""},
                                             {"exposure/1", "list", "exposure.json", ""},
                                             {"helm-driver/1", "look", "helm-driver.json", ""},
                                             {"helm-driver/1", "install", "helm-driver.json", ""},
                                             {"helm-driver/1", "uninstall", "helm-driver.json", ""},
                                             {"check/1", "run", "check.json", ""},
                                             {"overview/1", "detect", "overview.json", ""},
                                             {"overview/1", "status", "overview.json", ""}}};

const Json& schema(const std::string& file) {
  static const std::map<std::string, Json> documents = [] {
    std::map<std::string, Json> all;
    for (const EmbeddedSchema& one : k_schemas) {
      all.emplace(one.file, parse_json(one.text, one.file));
    }
    return all;
  }();
  return documents.at(file);
}

/// The deepest complaint is the one about the value itself.
std::string complaint_of(const SchemaError& error) {
  std::string place = join(error.path, "");
  std::erase_if(place, [](char c) { return c == '"'; });
  return place + ": " + error.message;
}

}  // namespace

std::span<const PointVerb> point_verbs() {
  return k_verbs;
}

SchemaRef reply_of(const PointVerb& row) {
  // A verb may have the documents of another.
  const std::string own = "/definitions/" + std::string(row.verb);
  const std::string other = lookup::text(schema(row.schema), own + "/$ref");
  return {row.schema, (other.empty() ? own : other.substr(1)) + "/reply"};
}

SchemaRef reply_of(const Verb& verb) {
  return {verb.changes ? "plan.json" : "report.json", ""};
}

std::optional<SchemaRef> reply_of(const Extension& extension, std::string_view verb) {
  for (const PointVerb& row : k_verbs) {
    if (extension.point == row.point && verb == row.verb) return reply_of(row);
  }
  for (const Verb& declared : extension.verbs) {
    if (declared.name == verb) return reply_of(declared);
  }
  return std::nullopt;
}

std::string misfit(const Json& document, const SchemaRef& wanted) {
  Json root = schema(wanted.file);
  // The root stays, because references into the same file start from there.
  if (!wanted.pointer.empty())
    root = {{"definitions", root["definitions"]}, {"allOf", {{{"$ref", "#" + wanted.pointer}}}}};
  const auto errors = schema_errors(root, document, schema);
  return errors.empty() ? std::string() : complaint_of(errors.front());
}

}  // namespace mesh
