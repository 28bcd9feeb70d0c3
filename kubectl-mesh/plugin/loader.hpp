#pragma once

#include <filesystem>
#include <string>

#include "mesh/plugin.h"

namespace mesh {

/// A library that is loaded for good, and what it says it is. What the library is too old to know
/// is zero; `start` and `invoke` are there.
struct LoadedLibrary {
  mesh_plugin plugin{};
  std::string manifest;
};

/// Loads by absolute path, everything resolved at once, symbols for itself, never unloaded; checks
/// magic, ABI, size and functions before any of them is called. Throws Failure("plugin-refused")
/// that says what was found, what is supported and what to do.
/// `bytes` is where it is read from, if that is a sealed copy; `path` is its name in messages.
LoadedLibrary load_library(const std::filesystem::path& path,
                           const std::filesystem::path& bytes = {});

}  // namespace mesh
