#include "run/mesh_file.hpp"

#include <algorithm>

#include "base/files.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "mesh/documents.hpp"
#include "plan/object.hpp"

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

std::string at(const std::string& pointer, const std::string& key) {
  return pointer + "/" + pointer_step(key);
}

/// Our own file: what nobody knows in it is a mistake, not a thing of the future.
void require_known(const Json& object, const std::string& pointer,
                   const std::vector<std::string>& known, const Complaint& complaint) {
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string suggestion = nearest(key, known);
    complaint.about(at(pointer, key), "unknown key \"" + key + "\"",
                    suggestion.empty() ? "known here are: " + join(known, ", ")
                                       : "did you mean \"" + suggestion + "\"?");
  }
}

std::vector<std::string> read_clusters(const Json& clusters, const Complaint& complaint) {
  if (!clusters.is_array() || clusters.empty()) {
    complaint.about("/clusters", "clusters is not a list of clusters",
                    "write `clusters: [{context: NAME}, ...]`");
  }
  std::vector<std::string> contexts;
  for (std::size_t index = 0; index < clusters.size(); ++index) {
    const Json& cluster = clusters[index];
    const std::string pointer = "/clusters/" + std::to_string(index);
    if (!cluster.is_object()) {
      complaint.about(pointer, "a cluster is not a mapping", "write `- context: NAME`");
    }
    require_known(cluster, pointer, {"context"}, complaint);
    const std::string context = text_at(cluster, "/context");
    if (context.empty()) {
      complaint.about(cluster.contains("context") ? pointer + "/context" : pointer,
                      "a cluster needs its context", "write `context: NAME`, in quotes if need be");
    }
    if (std::find(contexts.begin(), contexts.end(), context) != contexts.end()) {
      complaint.about(pointer + "/context", "context \"" + context + "\" is there twice");
    }
    contexts.push_back(context);
  }
  return contexts;
}

void require_value(const Json& document, const char* key, const std::string& wanted,
                   const Complaint& complaint) {
  if (!document.contains(key) || document[key] == wanted) return;
  complaint.about(at("", key), std::string(key) + " is not " + wanted, "write " + wanted);
}

/// "-" is standard input, as for kubectl.
YamlDocument read_document(const std::filesystem::path& path, const std::string& name) {
  return parse_yaml(read_file(path == "-" ? "/dev/stdin" : path), name);
}

}  // namespace

MeshFile load_mesh_file(const std::filesystem::path& path,
                        const std::vector<std::string>& concerns) {
  const std::string name = path == "-" ? "standard input" : path.string();
  const YamlDocument document = read_document(path, name);
  const Complaint complaint(name, document);
  if (document.value.is_null() || document.value == Json::object()) {
    throw Failure("invalid-input", name + ": is empty", "write `clusters: [{context: NAME}, ...]`");
  }
  if (!document.value.is_object()) complaint.about("", "is not a mapping");

  std::vector<std::string> known{"apiVersion", "kind", "clusters"};
  known.insert(known.end(), concerns.begin(), concerns.end());
  require_known(document.value, "", known, complaint);
  require_value(document.value, "apiVersion", k_document_version, complaint);
  require_value(document.value, "kind", "Mesh", complaint);
  MeshFile file;
  if (document.value.contains("clusters")) {
    file.contexts = read_clusters(document.value["clusters"], complaint);
  }
  for (const std::string& concern : concerns) {
    if (!document.value.contains(concern)) continue;
    const Json& section = document.value[concern];
    if (!section.is_object()) complaint.about(at("", concern), concern + " is not a mapping");
    file.concerns[concern] = section;
  }
  return file;
}

}  // namespace mesh
