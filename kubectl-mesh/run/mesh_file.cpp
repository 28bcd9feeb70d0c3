#include "run/mesh_file.hpp"

#include <algorithm>

#include "run/cluster_names.hpp"

#include "base/files.hpp"
#include "base/text.hpp"
#include "base/yaml.hpp"
#include "mesh/documents.hpp"
#include "plan/object.hpp"
#include "plugin/secret_settings.hpp"
#include "plugin/settings.hpp"

namespace mesh {

namespace {

constexpr std::size_t k_label_max = 63;

/// Complains about one value, at its place in the file.
class Complaint {
 public:
  Complaint(std::string file, const YamlDocument& document)
      : m_file(std::move(file)), m_document(document) {}

  [[noreturn]] void about(const std::string& pointer, const std::string& what,
                          const std::string& hint = {}) const {
    complain(&Places::value, pointer, what, hint);
  }
  /// The same, about the key.
  [[noreturn]] void about_key(const std::string& pointer, const std::string& what,
                              const std::string& hint) const {
    complain(&Places::key, pointer, what, hint);
  }

 private:
  [[noreturn]] void complain(Place Places::*part, const std::string& pointer,
                             const std::string& what, const std::string& hint) const {
    const auto places = m_document.places.find(pointer);
    std::string where = m_file;
    if (places != m_document.places.end()) {
      const Place place = places->second.*part;
      where += ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
    }
    throw Failure("invalid-input", where + ": " + what, hint);
  }

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
    complaint.about_key(at(pointer, key), "unknown key \"" + key + "\"",
                        suggestion.empty() ? "known here are: " + join(known, ", ")
                                           : "did you mean \"" + suggestion + "\"?");
  }
}

/// Misspelt keys of a section, wherever its schema says which there are. Whether the values fit is
/// found when the section's plugin is asked (plugin/settings.hpp).
void require_settings(const Json& value, const Json& schema, const std::string& pointer,
                      const Complaint& complaint) {
  if (!schema.is_object()) return;
  if (schema.value("format", Json()) == k_secret_format && !is_secret_reference(value)) {
    complaint.about(pointer, "this setting is a secret and takes no value", k_secret_remedy);
  }
  if (value.is_array() && schema.contains("items")) {
    for (std::size_t index = 0; index < value.size(); ++index) {
      require_settings(value[index], schema["items"], at(pointer, std::to_string(index)),
                       complaint);
    }
  }
  if (!value.is_object()) return;
  const Json properties = schema.value("properties", Json::object());
  const Json others = schema.value("additionalProperties", Json(true));
  if (schema.contains("properties") && others == false) {
    std::vector<std::string> known;
    for (const auto& property : properties.items()) known.push_back(property.key());
    require_known(value, pointer, known, complaint);
  }
  for (const auto& [key, entry] : value.items()) {
    require_settings(entry, properties.value(key, others), at(pointer, key), complaint);
  }
}

bool is_label(const std::string& text) {
  constexpr std::string_view k_letters = "abcdefghijklmnopqrstuvwxyz0123456789-";
  return !text.empty() && text.size() <= k_label_max &&
         text.find_first_not_of(k_letters) == std::string::npos && text.front() != '-' &&
         text.back() != '-';
}

/// A text field, "" if it is absent.
std::string text_field(const Json& object, const std::string& pointer, const char* key,
                       const Complaint& complaint) {
  if (!object.contains(key)) return "";
  const Json& value = object[key];
  if (value.is_string() && !value.get<std::string>().empty()) return value.get<std::string>();
  complaint.about(at(pointer, key), std::string(key) + " is not a text",
                  "write `" + std::string(key) + ": NAME`, in quotes if need be");
}

Member read_cluster(const Json& cluster, const std::string& pointer, MeshFile& file,
                    const Complaint& complaint) {
  if (!cluster.is_object()) {
    complaint.about(pointer, "a cluster is not a mapping", "write `- context: NAME`");
  }
  require_known(cluster, pointer, {"context", "name", "network", "uid"}, complaint);
  Member member;
  member.context = text_field(cluster, pointer, "context", complaint);
  if (member.context.empty()) {
    complaint.about(pointer, "a cluster needs its context",
                    "write `context: NAME`, in quotes if need be");
  }
  const std::string name = text_field(cluster, pointer, "name", complaint);
  member.name = name.empty() ? default_cluster_name(member.context) : name;
  if (!is_label(member.name)) {
    complaint.about(pointer + "/name", "name \"" + member.name + "\" is not a DNS label",
                    "use a-z, 0-9 and -, at most 63 of them");
  }
  const std::string network = text_field(cluster, pointer, "network", complaint);
  member.network = network.empty() ? member.name : network;
  const std::string uid = text_field(cluster, pointer, "uid", complaint);
  if (!uid.empty()) file.uids[member.context] = uid;
  return member;
}

void read_clusters(const Json& clusters, MeshFile& file, const Complaint& complaint) {
  if (!clusters.is_array() || clusters.empty()) {
    complaint.about("/clusters", "clusters is not a list of clusters",
                    "write `clusters: [{context: NAME}, ...]`");
  }
  for (std::size_t index = 0; index < clusters.size(); ++index) {
    const std::string pointer = "/clusters/" + std::to_string(index);
    const Member member = read_cluster(clusters[index], pointer, file, complaint);
    for (const Member& other : file.mesh.members) {
      if (other.context == member.context) {
        complaint.about(pointer + "/context", "context \"" + member.context + "\" is there twice");
      }
      if (other.name == member.name) {
        complaint.about(pointer, "two clusters have the name \"" + member.name + "\"",
                        "give each a `name` of its own");
      }
    }
    file.mesh.members.push_back(member);
  }
}

void read_mesh(const Json& mesh, MeshFile& file, const Complaint& complaint) {
  if (!mesh.is_object()) complaint.about("/mesh", "mesh is not a mapping");
  require_known(mesh, "/mesh", {"id", "trustDomain", "suffix", "mode"}, complaint);
  const auto take = [&](const char* key, std::string& to) {
    const std::string value = text_field(mesh, "/mesh", key, complaint);
    if (!value.empty()) to = value;
  };
  take("id", file.mesh.id);
  take("trustDomain", file.mesh.trust_domain);
  take("suffix", file.mesh.suffix);
  const std::string mode = text_field(mesh, "/mesh", "mode", complaint);
  if (mode == "discovery") file.mesh.mode = Mode::discovery;
  if (mode.empty() || mode == "alias" || mode == "discovery") return;
  complaint.about("/mesh/mode", "mode \"" + mode + "\" is not known", "write alias or discovery");
}

void read_skipped(const Json& skipped, const std::vector<std::string>& concerns, MeshFile& file,
                  const Complaint& complaint) {
  if (!skipped.is_array()) complaint.about("/skip", "skip is not a list", "write `skip: [dns]`");
  for (std::size_t index = 0; index < skipped.size(); ++index) {
    const std::string name = skipped[index].is_string() ? skipped[index].get<std::string>() : "";
    if (std::find(concerns.begin(), concerns.end(), name) == concerns.end()) {
      complaint.about("/skip/" + std::to_string(index), "there is no concern \"" + name + "\"",
                      "there are: " + join(concerns, ", "));
    }
    file.skipped.push_back(name);
  }
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

/// Where relative paths of the file count from.
std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path == "-" ? std::filesystem::current_path()
                     : std::filesystem::absolute(path).parent_path();
}

}  // namespace

MeshFile load_mesh_file(const std::filesystem::path& path,
                        const std::map<std::string, Section>& sections) {
  const std::string name = path == "-" ? "standard input" : path.string();
  const YamlDocument document = read_document(path, name);
  const Complaint complaint(name, document);
  if (document.value.is_null() || document.value == Json::object()) {
    throw Failure("invalid-input", name + ": is empty", "write `clusters: [{context: NAME}, ...]`");
  }
  if (!document.value.is_object()) complaint.about("", "is not a mapping");

  std::vector<std::string> concerns;
  std::vector<std::string> known{"apiVersion", "kind", "mesh", "clusters", "skip"};
  for (const auto& [key, section] : sections) {
    known.push_back(key);
    if (section.skippable) concerns.push_back(key);
  }
  require_known(document.value, "", known, complaint);
  require_value(document.value, "apiVersion", k_document_version, complaint);
  require_value(document.value, "kind", "Mesh", complaint);
  MeshFile file;
  const Json& root = document.value;
  if (root.contains("mesh")) read_mesh(root["mesh"], file, complaint);
  if (root.contains("clusters")) read_clusters(root["clusters"], file, complaint);
  if (root.contains("skip")) read_skipped(root["skip"], concerns, file, complaint);
  for (const auto& [concern, section] : sections) {
    if (!document.value.contains(concern)) continue;
    const Json& settings = document.value[concern];
    if (!settings.is_object()) complaint.about(at("", concern), concern + " is not a mapping");
    const Json schema = schema_of(section, settings);
    require_settings(settings, schema, at("", concern), complaint);
    file.concerns[concern] = with_absolute_paths(schema, settings, folder_of(path));
  }
  return file;
}

}  // namespace mesh
