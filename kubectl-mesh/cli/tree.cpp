#include <cctype>
#include <fstream>
#include <map>
#include <set>

#include "base/files.hpp"
#include "base/paths.hpp"
#include "cli/document_text.hpp"
#include "cli/output.hpp"
#include "plan/object.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

constexpr const char* k_secret_note =
    "# Its values are left out; --show-secrets writes them too.\n";

/// Names from outside as one component of a path. EKS calls contexts by ARNs, with slashes.
std::string component(const std::string& name) {
  std::string safe;
  for (const char c : name) {
    const bool harmless = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' ||
                          c == '_' || c == '.' || c == '@';
    safe += harmless ? c : '_';
  }
  return safe.empty() || safe.front() == '.' ? "_" + safe : safe;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// What one cluster's folder holds.
struct Folder {
  std::vector<std::string> manifests;  ///< in the order of application
  std::string others;                  ///< actions that are no manifest, a line each
};

class Tree {
 public:
  Tree(const fs::path& root, bool show_secrets) : m_root(root), m_show_secrets(show_secrets) {}

  void add(const Action& action) {
    if (action.cluster.empty()) return;  // a file of the operator's own, on this machine
    Folder& folder = m_folders[action.cluster];
    if (action.type != ActionType::apply) {
      const std::string subject =
          action.program.empty() ? to_string(action.target) : action.program;
      folder.others +=
          std::string(to_string(action.type)) + " " + subject + ": " + action.reason + "\n";
      return;
    }
    const ObjectRef ref = ref_of(action.object);
    const std::size_t number = folder.manifests.size();
    folder.manifests.push_back((number < 10 ? "0" : "") + std::to_string(number) + "-" +
                               component(lower(ref.kind) + "-" + ref.name) + ".yaml");
    write_manifest(folder_of(action.cluster) / folder.manifests.back(), action.object);
  }

  std::size_t finish() {
    for (const auto& [cluster, folder] : m_folders) {
      const Json kustomization{{"apiVersion", "kustomize.config.k8s.io/v1beta1"},
                               {"kind", "Kustomization"},
                               {"resources", folder.manifests}};
      write(folder_of(cluster) / "kustomization.yaml", to_yaml(kustomization));
      if (!folder.others.empty()) write(folder_of(cluster) / "not-manifests.txt", folder.others);
    }
    return m_files;
  }

 private:
  /// Two contexts never share a folder, even if their names differ only in what a path cannot have.
  fs::path folder_of(const std::string& cluster) {
    const auto known = m_names.find(cluster);
    if (known != m_names.end()) return m_root / known->second;
    std::string name = component(cluster);
    while (!m_taken.insert(name).second) name += "_";
    return m_root / m_names.emplace(cluster, name).first->second;
  }

  void write_manifest(const fs::path& path, const Json& object) {
    if (!is_secret(object)) {
      write(path, to_yaml(object));
    } else if (m_show_secrets) {
      write_private_file(path, to_yaml(object), Replace::yes);
      ++m_files;
    } else {
      Json shell = object;
      shell.erase("data");
      shell.erase("stringData");
      write(path, k_secret_note + to_yaml(shell));
    }
  }

  void write(const fs::path& path, const std::string& text) {
    std::error_code failed;
    fs::create_directories(path.parent_path(), failed);
    std::ofstream file(path, std::ios::trunc | std::ios::binary);
    file << text << std::flush;
    if (!file) {
      throw Failure("invalid-input", shown(path) + " cannot be written",
                    "name a folder of yours with --output-dir");
    }
    ++m_files;
  }

  fs::path m_root;
  bool m_show_secrets;
  std::map<std::string, Folder> m_folders;
  std::map<std::string, std::string> m_names;
  std::set<std::string> m_taken;
  std::size_t m_files = 0;
};

}  // namespace

std::size_t write_tree(const std::vector<Action>& actions, const std::filesystem::path& folder,
                       bool show_secrets) {
  Tree tree(folder, show_secrets);
  for (const Action& action : actions) tree.add(action);
  return tree.finish();
}

}  // namespace mesh
