#pragma once

#include <memory>
#include <string>

#include "plugin/pins.hpp"
#include "plugin/sealed_library.hpp"

namespace mesh {

// Whether a plugin's code is run at all. What ships beside the host is trusted as the host is. Any
// other library is run only after the operator said so for exactly these bytes: their SHA-256 is
// pinned: plugin/pins. What it may do then: plugin/needs, plugin/sandbox.

/// Reads and hashes the library. Throws Failure("plugin-refused") if it cannot be read.
Judged judge(const PluginEntry& entry);
/// The same of a library that is not installed.
Judged judge_bytes(const std::string& name, const std::string& bytes);
/// For a list: reads only a library that has another size or time than when it was trusted. Good
/// enough to be shown, not to be run.
Trust glance(const PluginEntry& entry, const Json& pins);

/// The very bytes that are trusted, to be loaded; null for a bundled plugin, whose file is loaded
/// itself. Throws Failure("refused") for one that is not trusted, or is another than it was then.
std::shared_ptr<const SealedLibrary> admit(const PluginEntry& entry);

/// Pins `sha256` of a plugin, in place of what was pinned.
void trust(const PluginEntry& entry, const std::string& sha256);
/// False: it was not trusted.
bool untrust(const std::string& name);

}  // namespace mesh
