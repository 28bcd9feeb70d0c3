#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include <catch2/catch.hpp>

#include "mesh/problem.hpp"

// What tests need of the world around them: a folder, the environment, the words of a failure.

namespace mesh::test {

namespace fs = std::filesystem;

/// A folder that is gone when the test ends.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "mesh-test-").string();
    name.append(6, 'X');
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    m_path = name;
  }
  ~TemporaryFolder() { fs::remove_all(m_path); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const fs::path& path() const { return m_path; }
  /// Readable by us alone, as what holds credentials should be.
  fs::path write(const std::string& name, const std::string& text) const {
    const fs::path path = m_path / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    return path;
  }

 private:
  fs::path m_path;
};

/// A variable for as long as this lives; nullptr: unset.
class Environment {
 public:
  Environment(const char* name, const char* value) : m_name(name) {
    if (const char* before = std::getenv(name)) m_before = before;
    value != nullptr ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  ~Environment() { m_before ? ::setenv(m_name, m_before->c_str(), 1) : ::unsetenv(m_name); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* m_name;
  std::optional<std::string> m_before;
};

/// The working folder for as long as this lives.
class WorkingFolder {
 public:
  explicit WorkingFolder(const fs::path& folder) : m_before(fs::current_path()) {
    fs::current_path(folder);
  }
  ~WorkingFolder() { fs::current_path(m_before); }
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;

 private:
  fs::path m_before;
};

inline std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline unsigned mode_of(const fs::path& path) {
  return static_cast<unsigned>(fs::status(path).permissions()) & 07777U;
}

/// The problem that `work` throws, to be looked at part by part.
template <typename Work>
Problem problem_of(const Work& work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.problem();
  }
  FAIL("no Failure was thrown");
  return {};
}

/// Its code, or "" if nothing is thrown: for tables of rows.
template <typename Work>
std::string code_of(const Work& work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.problem().code;
  }
  return {};
}

}  // namespace mesh::test
