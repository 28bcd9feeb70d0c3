#pragma once

#include "mesh/documents.hpp"

namespace mesh {

/// Takes from this process, for good, what a plugin with these needs has no use for: connections,
/// programs, files, other processes. Called in the helper before the plugin's code is loaded; what
/// the kernel cannot (Landlock came with 5.13) is left out, see sandbox_lacks().
void enter_sandbox(const Needs& needs);

/// What this kernel cannot keep a plugin from, in words; empty: nothing.
std::string sandbox_lacks();

}  // namespace mesh
