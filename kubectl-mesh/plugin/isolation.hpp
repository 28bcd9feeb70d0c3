#pragma once

#include <memory>

#include "plugin/bridge.hpp"

namespace mesh {

/// The plugin in a process of its own. What it does to itself (crash, exit, loop, fork) costs the
/// step; the next invoke starts a fresh helper.
std::unique_ptr<PluginInstance> start_in_helper(const PluginEntry& entry, const PluginStart& start);

/// What a library says it is; its code runs in a helper that may do nothing.
std::string ask_for_manifest(const std::filesystem::path& library, const PluginStart& start);

}  // namespace mesh
