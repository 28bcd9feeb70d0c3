#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "mesh/documents.hpp"

namespace mesh {

enum class Origin {
  bundled,
  user
};  ///< beside the host, or installed by the user: runs in a helper

/// One manifest file and the library beside it ("certs.json", "certs.so").
struct PluginEntry {
  Manifest manifest;
  std::string manifest_text;  ///< exact bytes, which the library must repeat
  std::filesystem::path library;
  Origin origin = Origin::bundled;
};

/// What is installed, read from the manifests alone: no library is loaded. Two plugins that offer
/// the same address are a problem that names both, and neither is used for it.
struct Catalogue {
  std::vector<PluginEntry> plugins;  ///< sorted by name
  std::vector<Problem> problems;     ///< unreadable manifests, duplicates

  const PluginEntry* provider(std::string_view address) const;  ///< "command/1:certs"
  const Extension* extension(std::string_view address) const;
  /// All extensions of a point, sorted by name.
  std::vector<const Extension*> of_point(std::string_view point) const;
};

/// KUBECTL_MESH_PLUGIN_PATH (':'-separated, absolute; ignored when privileged by setuid) is
/// searched after the bundled and the user's folder.
Catalogue read_catalogue();
Catalogue read_catalogue(const std::vector<std::pair<std::filesystem::path, Origin>>& folders);

}  // namespace mesh
