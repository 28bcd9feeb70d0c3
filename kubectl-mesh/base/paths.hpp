#pragma once

#include <filesystem>
#include <string>

namespace mesh {

// Every path outside the arguments that the tool touches. Environment is read at the call.

std::filesystem::path executable();       ///< real path, through krew's symlink
std::filesystem::path engine_library();   ///< lib/kubectl-mesh/libmesh-engine.so beside bin/
std::filesystem::path bundled_plugins();  ///< lib/kubectl-mesh/plugins
std::filesystem::path bundled_list();     ///< the names of those that belong there
std::filesystem::path templates();        ///< share/kubectl-mesh/templates: what authors begin with
std::filesystem::path author_sdks();      ///< share/kubectl-mesh/sdk: a folder per language
std::filesystem::path user_plugins();     ///< $XDG_DATA_HOME/kubectl-mesh/plugins
std::filesystem::path state_home();       ///< $XDG_STATE_HOME/kubectl-mesh: journals, 0700
std::filesystem::path data_home();   ///< $XDG_DATA_HOME/kubectl-mesh: the strategies' stores, 0700
std::filesystem::path store_home();  ///< below it a folder per plugin: what strategies keep
/// What an operator wrote: absolute, from the home folder ("~/"), or from `folder` on.
std::filesystem::path from_folder(const std::filesystem::path& folder, const std::string& path);
/// Home folder replaced by ~, for messages.
std::string shown(const std::filesystem::path& path);

}  // namespace mesh
