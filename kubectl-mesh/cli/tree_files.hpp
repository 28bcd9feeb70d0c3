#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace mesh {

/// A name from outside as one component of a path: EKS calls contexts by ARNs, with slashes.
std::string path_component(const std::string& name);

/// The files of a tree, and of the one that was written to the same place before.
class TreeFiles {
 public:
  explicit TreeFiles(std::filesystem::path root) : m_root(std::move(root)) {}

  /// Removes what an earlier tree left; what this program did not write stays.
  void remove_earlier();
  /// Both return the path as a command in the operator's directory names it. They throw
  /// Failure("invalid-input") if it cannot be written.
  std::string write(const std::filesystem::path& relative, const std::string& text);
  std::string write_private(const std::filesystem::path& relative, const std::string& text);
  std::string place(const std::filesystem::path& relative) const;
  /// Remembers what was written for the next tree; returns how many files that is.
  std::size_t finish();

 private:
  std::filesystem::path m_root;
  std::vector<std::string> m_written;
};

}  // namespace mesh
