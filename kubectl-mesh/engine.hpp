#pragma once

#include "cli/invocation.hpp"
#include "plugin/catalogue.hpp"

/// Everything that needs the network, OpenSSL or a plugin. It lives in a library of its own, which
/// main loads only for a command that runs, so that help and completion start in a millisecond.
/// Returns the exit status; prints document and problems itself.
extern "C" __attribute__((visibility("default"))) int mesh_engine_run(
    const mesh::Invocation& invocation, const mesh::Catalogue& catalogue);
