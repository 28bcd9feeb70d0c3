#include "base/search_path.hpp"

#include <cstdlib>
#include <unistd.h>

#include "base/text.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

std::string_view own_path() {
  const char* path = std::getenv("PATH");
  return path == nullptr ? "" : path;
}

/// An empty folder is the working one.
std::vector<fs::path> folders_of(std::string_view path) {
  std::vector<fs::path> folders;
  if (path.empty()) return folders;
  for (const std::string& folder : split(path, ':')) {
    folders.emplace_back(folder.empty() ? "." : folder);
  }
  return folders;
}

}  // namespace

std::vector<fs::path> search_path() {
  return folders_of(own_path());
}

bool is_program(const fs::path& file) {
  std::error_code none;
  return ::access(file.c_str(), X_OK) == 0 && !fs::is_directory(file, none);
}

std::vector<fs::path> find_programs(const std::string& name, std::string_view path) {
  std::vector<fs::path> found;
  if (name.find('/') != std::string::npos) {
    if (is_program(name)) found.emplace_back(name);
    return found;
  }
  for (const fs::path& folder : folders_of(path)) {
    if (is_program(folder / name)) found.push_back(folder / name);
  }
  return found;
}

std::vector<fs::path> find_programs(const std::string& name) {
  return find_programs(name, own_path());
}

}  // namespace mesh
