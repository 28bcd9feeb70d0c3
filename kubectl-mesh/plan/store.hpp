#pragma once

#include <filesystem>

#include "base/paths.hpp"
#include "mesh/documents.hpp"

namespace mesh {

/// Where a stored file lies: its own folder, or the tool's under XDG_DATA_HOME. The name is one
/// component.
inline std::filesystem::path store_path(const StoredFile& file) {
  if (file.name.find('/') != std::string::npos || file.name.starts_with('.')) {
    throw Failure("plugin-fault", "\"" + file.name + "\" is not the name of a file");
  }
  const std::filesystem::path folder =
      file.folder.empty() ? store_home() : std::filesystem::path(file.folder);
  return folder / file.name;
}

}  // namespace mesh
