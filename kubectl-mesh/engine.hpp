#pragma once

#include "cli/invocation.hpp"
#include "plugin/catalogue.hpp"

namespace mesh {

/// Everything that needs the network, OpenSSL or a plugin. It lives in a library of its own, which
/// main loads only for a command that runs, so that help and completion start in a millisecond.
/// Returns the exit status; prints document and problems itself.

}  // namespace mesh

extern "C" int mesh_engine_run(const mesh::Invocation& invocation,
                               const mesh::Catalogue& catalogue);
extern "C" int mesh_engine_plugin_helper(const char* library);
extern "C" int mesh_engine_print_manifest(const char* library);
