#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "mesh/documents.hpp"

namespace mesh {

/// Reads a manifest as a stranger's text: everything that help, completion, paths or routing will
/// rely on is checked here. Throws Failure("invalid-document") with one sentence that begins with
/// what is wrong.
Manifest read_manifest(std::string_view text);

/// Plugins, extensions, verbs and options: [a-z0-9-]{1,63}. Names become parts of paths.
bool is_plugin_name(std::string_view text);

}  // namespace mesh
