#pragma once

#include <filesystem>
#include <string>

#include "plugin/catalogue.hpp"

namespace mesh {

/// A plugin that is not installed: a library, a folder that has one, or a .tar.gz of such a folder.
struct PluginSource {
  PluginEntry entry;  ///< its manifest is the library's own word
  std::string bytes;  ///< of the library
};

/// Finds the one library, asks it for its manifest in a helper that may do nothing, and holds a
/// manifest beside it against that. Writes no file. Throws Failure("invalid-input") or
/// ("plugin-refused") with what is wrong: no file, a link, two libraries, no plugin, made for
/// another machine, another manifest.
PluginSource read_source(const std::filesystem::path& path);

}  // namespace mesh
