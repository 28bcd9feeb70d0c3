#include "run/mesh_file.hpp"

#include <algorithm>

#include "base/files.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

/// Complains about one value, at its place in the file.
class Complaint {
 public:
  Complaint(std::string file, const YamlDocument& document)
      : m_file(std::move(file)), m_document(document) {}

  [[noreturn]] void about(const std::string& pointer, const std::string& what,
                          const std::string& hint = {}) const {
    const auto place = m_document.places.find(pointer);
    std::string where = m_file;
    if (place != m_document.places.end()) {
      where +=
          ":" + std::to_string(place->second.line) + ":" + std::to_string(place->second.column);
    }
    throw Failure("invalid-input", where + ": " + what, hint);
  }

 private:
  std::string m_file;
  const YamlDocument& m_document;
};

std::vector<std::string> read_clusters(const Json& clusters, const Complaint& complaint) {
  if (!clusters.is_array() || clusters.empty()) {
    complaint.about("/clusters", "clusters is not a list of clusters",
                    "write `clusters: [{context: NAME}, ...]`");
  }
  std::vector<std::string> contexts;
  for (std::size_t index = 0; index < clusters.size(); ++index) {
    const Json& cluster = clusters[index];
    const std::string pointer = "/clusters/" + std::to_string(index);
    if (!cluster.is_object() || !cluster.value("context", Json()).is_string()) {
      complaint.about(pointer, "a cluster needs its context", "write `context: NAME`");
    }
    for (const auto& [key, value] : cluster.items()) {
      if (key != "context") complaint.about(pointer + "/" + key, "unknown key \"" + key + "\"");
    }
    contexts.push_back(cluster["context"]);
  }
  return contexts;
}

}  // namespace

MeshFile load_mesh_file(const std::filesystem::path& path,
                        const std::vector<std::string>& concerns) {
  const YamlDocument document = parse_yaml(read_file(path), path.string());
  const Complaint complaint(path.string(), document);
  if (!document.value.is_object()) complaint.about("", "is not a mapping");

  std::vector<std::string> known = concerns;
  known.insert(known.end(), {"apiVersion", "kind", "clusters"});
  MeshFile file;
  for (const auto& [key, value] : document.value.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      const std::string suggestion = nearest(key, known);
      complaint.about("/" + key, "unknown key \"" + key + "\"",
                      suggestion.empty() ? "" : "did you mean \"" + suggestion + "\"?");
    }
    if (key == "clusters") {
      file.contexts = read_clusters(value, complaint);
    } else if (key != "apiVersion" && key != "kind") {
      if (!value.is_object()) complaint.about("/" + key, key + " is not a mapping");
      file.concerns[key] = value;
    }
  }
  return file;
}

}  // namespace mesh
