#include "cli/tree_files.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>

#include "base/files.hpp"
#include "base/paths.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace fs = std::filesystem;

namespace {

constexpr const char* k_list = ".kubectl-mesh-tree";  // what this program wrote, a path a line

/// Nothing outside of the tree is removed, whatever the list says.
bool is_inside(const fs::path& path) {
  return path.is_relative() && !path.empty() &&
         std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

}  // namespace

std::string path_component(const std::string& name) {
  std::string safe;
  for (const char c : name) {
    const bool harmless = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' ||
                          c == '_' || c == '.' || c == '@';
    safe += harmless ? c : '_';
  }
  return safe.empty() || safe.front() == '.' ? "_" + safe : safe;
}

void TreeFiles::remove_earlier() {
  std::ifstream list(m_root / k_list);
  std::set<fs::path> folders;
  for (std::string line; std::getline(list, line);) {
    const fs::path path(line);
    std::error_code failed;
    if (!is_inside(path) || !fs::is_regular_file(fs::symlink_status(m_root / path, failed))) {
      continue;
    }
    fs::remove(m_root / path, failed);
    for (fs::path folder = path.parent_path(); !folder.empty(); folder = folder.parent_path()) {
      folders.insert(folder);
    }
  }
  // The deepest first; one that is not empty stays.
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) {
    std::error_code failed;
    fs::remove(m_root / *folder, failed);
  }
}

std::string TreeFiles::write(const fs::path& relative, const std::string& text) {
  const fs::path path = m_root / relative;
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  std::ofstream file(path, std::ios::trunc | std::ios::binary);
  file << text << std::flush;
  if (!file) {
    throw Failure("invalid-input", shown(path) + " cannot be written",
                  "name a folder of yours with --output-dir");
  }
  m_written.push_back(relative.string());
  return path.string();
}

std::string TreeFiles::write_private(const fs::path& relative, const std::string& text) {
  write_private_file(m_root / relative, text, Replace::yes);
  m_written.push_back(relative.string());
  return place(relative);
}

std::string TreeFiles::place(const fs::path& relative) const {
  return (m_root / relative).string();
}

std::size_t TreeFiles::finish() {
  const std::size_t count = m_written.size();
  std::string list;
  for (const std::string& file : m_written) list += file + "\n";
  write(k_list, list);
  return count;
}

}  // namespace mesh
