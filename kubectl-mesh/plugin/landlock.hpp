#pragma once

#include <filesystem>
#include <vector>

namespace mesh {

/// The version of Landlock's interface in this kernel; 0: it has none, or it is switched off.
int landlock_version();

/// From now on this process reads and runs only what lies below these paths, and writes no file.
/// Paths that are not there are left out. Does nothing on a kernel without Landlock.
void allow_files_only(const std::vector<std::filesystem::path>& paths);

}  // namespace mesh
