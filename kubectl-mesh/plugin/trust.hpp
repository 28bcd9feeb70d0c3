#pragma once

#include "plugin/catalogue.hpp"

namespace mesh {

// The one place that decides what a plugin's code may do. The rule of today: what ships beside the
// host is trusted as the host is, and runs in its process. Any other library runs in a helper
// process, must belong to root or the operator, with its folder, and be writable by nobody else;
// and it reads no Secrets.

/// Throws Failure("plugin-refused") if the library must not be loaded at all.
void check_trust(const PluginEntry& entry);

/// Whether kube.read/1 answers it with Secrets.
bool may_read_secrets(const PluginEntry& entry);

}  // namespace mesh
