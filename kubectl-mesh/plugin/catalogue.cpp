#include "plugin/catalogue.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/text.hpp"
#include "mesh/problem.hpp"
#include "plugin/index.hpp"
#include "plugin/manifest_rules.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

using Folder = std::pair<fs::path, Origin>;

constexpr std::uint64_t k_manifest_max = std::uint64_t{256} * 1024;

Problem problem_of(std::string message, std::string hint) {
  Problem problem;
  problem.code = "plugin-refused";
  problem.message = std::move(message);
  problem.hint = std::move(hint);
  return problem;
}

using Index = std::map<std::string, Manifest>;

PluginEntry read_entry(const fs::path& file, Origin origin, const Index& index) {
  PluginEntry entry;
  const auto known = origin == Origin::bundled ? index.find(file.stem()) : index.end();
  if (known != index.end()) {
    entry.manifest = known->second;
  } else {
    entry.manifest_text = read_file(file, k_manifest_max);
    entry.manifest = read_manifest(entry.manifest_text);
  }
  entry.library = fs::path(file).replace_extension(".so");
  entry.origin = origin;
  std::error_code none;
  if (!fs::is_regular_file(entry.library, none)) {
    throw Failure("invalid-document", "its library " + shown(entry.library) + " is not there");
  }
  return entry;
}

/// Sorted: a folder lists its files in an order of its own, and messages must not depend on it.
std::vector<fs::path> manifests_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& file : fs::directory_iterator(folder, none)) {
    if (file.path().extension() == ".json") files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void read_folder(Catalogue& catalogue, const Folder& folder, const Index& index) {
  for (const fs::path& file : manifests_in(folder.first)) {
    try {
      catalogue.plugins.push_back(read_entry(file, folder.second, index));
    } catch (const Failure& failure) {
      catalogue.problems.push_back(
          problem_of("plugin " + shown(file) + " is not used: " + failure.problem().message,
                     "install the plugin again, or remove the file"));
    }
  }
}

std::string address_of(const Extension& extension) {
  return extension.point + ":" + extension.name;
}

/// What two claim belongs to nobody: neither load order nor luck may decide. `offered` maps a
/// claim to who makes it; returns the disputed ones.
std::set<std::string> disputes(const std::map<std::string, std::vector<std::string>>& offered,
                               const std::string& what, Catalogue& catalogue) {
  std::set<std::string> disputed;
  for (const auto& [claim, libraries] : offered) {
    if (libraries.size() < 2) continue;
    disputed.insert(claim);
    catalogue.problems.push_back(
        problem_of(what + claim + " is offered by " + join(libraries, " and ") + "; none is used",
                   "remove one of them"));
  }
  return disputed;
}

/// One name is one folder of data and one section of settings.
void drop_same_names(Catalogue& catalogue) {
  std::map<std::string, std::vector<std::string>> offered;
  for (const PluginEntry& plugin : catalogue.plugins) {
    offered[plugin.manifest.name].push_back(shown(plugin.library));
  }
  const std::set<std::string> disputed = disputes(offered, "the plugin name ", catalogue);
  std::erase_if(catalogue.plugins,
                [&](const PluginEntry& plugin) { return disputed.contains(plugin.manifest.name); });
}

void drop_same_addresses(Catalogue& catalogue) {
  std::map<std::string, std::vector<std::string>> offered;
  for (const PluginEntry& plugin : catalogue.plugins) {
    for (const Extension& extension : plugin.manifest.provides) {
      offered[address_of(extension)].push_back(shown(plugin.library));
    }
  }
  const std::set<std::string> disputed = disputes(offered, "", catalogue);
  for (PluginEntry& plugin : catalogue.plugins) {
    std::erase_if(plugin.manifest.provides, [&](const Extension& extension) {
      return disputed.contains(address_of(extension));
    });
  }
}

/// Folders out of a variable: refused rather than guessed if they depend on where one stands.
void add_folders(const std::string& variable, std::vector<Folder>& folders, Catalogue& catalogue) {
  for (const std::string& folder : split(variable, ':')) {
    if (folder.empty()) continue;
    if (folder.front() == '/') {
      folders.emplace_back(folder, Origin::user);
    } else {
      catalogue.problems.push_back(
          problem_of("KUBECTL_MESH_PLUGIN_PATH: " + folder + " is not an absolute path",
                     "write it from / on"));
    }
  }
}

void read_into(Catalogue& catalogue, const std::vector<Folder>& folders, const Index& index) {
  std::set<fs::path> seen;
  for (const Folder& folder : folders) {
    std::error_code none;
    const fs::path real = fs::canonical(folder.first, none);
    if (!none && seen.insert(real).second) read_folder(catalogue, folder, index);
  }
  drop_same_names(catalogue);
  drop_same_addresses(catalogue);
  std::sort(
      catalogue.plugins.begin(), catalogue.plugins.end(),
      [](const PluginEntry& a, const PluginEntry& b) { return a.manifest.name < b.manifest.name; });
}

Catalogue read_all(const Index& index) {
  Catalogue catalogue;
  std::vector<Folder> folders{{bundled_plugins(), Origin::bundled}};
  // Without a home there are no plugins of the user's; that is no error.
  try {
    folders.emplace_back(user_plugins(), Origin::user);
  } catch (const Failure&) {
  }
  const char* more = ::secure_getenv("KUBECTL_MESH_PLUGIN_PATH");
  if (more != nullptr) add_folders(more, folders, catalogue);
  read_into(catalogue, folders, index);
  return catalogue;
}

}  // namespace

const PluginEntry* Catalogue::provider(std::string_view address) const {
  for (const PluginEntry& plugin : plugins) {
    for (const Extension& extension : plugin.manifest.provides) {
      if (address_of(extension) == address) return &plugin;
    }
  }
  return nullptr;
}

const Extension* Catalogue::extension(std::string_view address) const {
  for (const PluginEntry& plugin : plugins) {
    for (const Extension& extension : plugin.manifest.provides) {
      if (address_of(extension) == address) return &extension;
    }
  }
  return nullptr;
}

std::vector<const Extension*> Catalogue::of_point(std::string_view point) const {
  std::vector<const Extension*> found;
  for (const PluginEntry& plugin : plugins) {
    for (const Extension& extension : plugin.manifest.provides) {
      if (extension.point == point) found.push_back(&extension);
    }
  }
  std::sort(found.begin(), found.end(),
            [](const Extension* a, const Extension* b) { return a->name < b->name; });
  return found;
}

Catalogue read_catalogue() {
  return read_all({});
}

Catalogue read_outline() {
  try {
    return read_all(read_index());
  } catch (const Failure&) {
    return read_catalogue();  // without an index; that it is missing is for `doctor` to say
  }
}

Catalogue read_catalogue(const std::vector<Folder>& folders) {
  Catalogue catalogue;
  read_into(catalogue, folders, {});
  return catalogue;
}

}  // namespace mesh
