#pragma once

#include <filesystem>
#include <vector>

namespace mesh {

/// The version of Landlock's interface in this kernel; 0: it has none, or it is switched off.
int landlock_version();

inline constexpr int k_landlock_counts_truncation = 3;  // Linux 6.2
inline constexpr int k_landlock_keeps_signals = 6;      // Linux 6.12

/// From now on this process and its children read and run only what lies below these paths, write
/// no file, and as far as the kernel's version can: control no device, open no TCP connection
/// unless `network`, and reach no process outside by signals or abstract sockets. Paths that are
/// not there are left out. Returns false where the kernel has no Landlock.
bool allow_files_only(const std::vector<std::filesystem::path>& paths, bool network);

}  // namespace mesh
