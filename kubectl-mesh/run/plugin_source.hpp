#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "plugin/catalogue.hpp"
#include "plugin/registry.hpp"

namespace mesh {

/// A plugin that is not installed: a library, a folder that has one, or a .tar.gz of such a folder.
struct PluginSource {
  PluginEntry entry;             ///< its manifest is the library's own word
  std::string bytes;             ///< of the library
  std::string archive_sha256{};  ///< of the .tar.gz that it was read from; empty: from a file
};

/// Finds the one library, asks it for its manifest in a helper that may do nothing, and holds a
/// manifest beside it against that. Writes no file. Throws Failure("invalid-input") or
/// ("plugin-refused") with what is wrong: no file, a link, two libraries, no plugin, made for
/// another machine, another manifest. `unsandboxed` has names of libraries, without ".so", that are
/// asked even where the kernel cannot confine them. `accept` gets the bytes of the library, or of
/// the archive, before anything is unpacked or run of them; it may throw.
PluginSource read_source(const std::filesystem::path& path, const Unsandboxed& unsandboxed,
                         const std::function<void(const std::string& bytes)>& accept = {});

/// Whether the operator lets this plugin run unsandboxed; then warns of it.
bool warned_of_unsandboxed(const std::string& name, const Unsandboxed& unsandboxed);

}  // namespace mesh
