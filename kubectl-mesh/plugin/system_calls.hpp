#pragma once

namespace mesh {

/// What a process may ask of the kernel, beyond what every plugin needs to compute.
struct SystemCalls {
  bool network = false;   ///< TCP and UDP over IPv4 and IPv6
  bool programs = false;  ///< start programs
  /// Signal any process: only where Landlock keeps signals within the sandbox.
  bool signals = false;
  /// Open files with O_TRUNC: only where Landlock counts it as a write (Linux 6.2).
  bool truncation = false;
};

/// From now on this process and its children make only these calls, for good. Returns false where
/// the kernel has no seccomp filters.
bool allow_system_calls_only(const SystemCalls& allowed);
/// Whether the kernel has them.
bool has_system_call_filters();

}  // namespace mesh
