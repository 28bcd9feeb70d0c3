#pragma once

#include <string>

#include "mesh/documents.hpp"
#include "mesh/problem.hpp"

namespace mesh {

/// Takes from this process, for good, what a plugin with these needs has no use for: capabilities,
/// connections, programs, files, other processes. Called in the helper before the plugin's code is
/// loaded. Returns what the kernel cannot keep the plugin from, as sandbox_lacks(); what it can is
/// done all the same.
std::string enter_sandbox(const Needs& needs);

/// What of a kernel the sandbox is made of.
struct Kernel {
  int landlock = 0;  ///< version of its interface; 0: none
  bool filters = false;
};
/// What such a kernel lacks to keep a plugin with these needs to them, in words; empty: nothing.
std::string lacks_of(const Needs& needs, const Kernel& kernel);
/// What this kernel lacks to keep a plugin with these needs to them, in words; empty: nothing.
std::string sandbox_lacks(const Needs& needs);

/// The warning of a plugin that the operator lets run all the same.
std::string unsandboxed_text(const std::string& plugin, const std::string& lacks);
/// The refusal of a third-party plugin on a kernel that lacks this.
Failure without_sandbox(const std::string& plugin, const std::string& lacks);

}  // namespace mesh
