#include "plugin/index.hpp"

#include "base/files.hpp"
#include "base/paths.hpp"
#include "mesh/problem.hpp"
#include "plugin/manifest_rules.hpp"

namespace mesh {

namespace {

constexpr std::uint64_t k_index_max = std::uint64_t{1024} * 1024;

Manifest outline_of(Manifest manifest) {
  for (Extension& extension : manifest.provides) {
    extension.settings = Json::object();
    extension.needs = {};
    for (Verb& verb : extension.verbs) {
      verb = {
          .name = verb.name, .summary = verb.summary, .details = {}, .options = {}, .examples = {}};
    }
  }
  return manifest;
}

}  // namespace

std::map<std::string, Manifest> read_index() {
  const Json document = parse_json(read_file(bundled_list(), k_index_max), shown(bundled_list()));
  std::map<std::string, Manifest> index;
  for (const auto& [name, manifest] : document.items()) {
    index.emplace(name, manifest_from_json(manifest));
  }
  return index;
}

std::string index_of(const std::vector<std::string>& names) {
  Json index = Json::object();
  for (const std::string& name : names) {
    const std::string text = read_file(bundled_plugins() / (name + ".json"));
    index[name] = to_json(outline_of(read_manifest(text)));
  }
  return to_text(index) + "\n";
}

}  // namespace mesh
