#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mesh {

// Programs as a shell and kubectl find them: in the folders of PATH, the first one runs.

/// The folders of our own PATH, in their order.
std::vector<std::filesystem::path> search_path();
bool is_program(const std::filesystem::path& file);
/// Every program of that name in the folders of `path` ("a:b"); a name with a slash is looked for
/// at its place only.
std::vector<std::filesystem::path> find_programs(const std::string& name, std::string_view path);
/// The same in our own PATH.
std::vector<std::filesystem::path> find_programs(const std::string& name);

}  // namespace mesh
