#include "base/paths.hpp"

#include <cstdlib>
#include <string>
#include <unistd.h>

#include "mesh/problem.hpp"

namespace mesh {

namespace {

std::filesystem::path home() {
  const char* value = std::getenv("HOME");
  return value == nullptr ? std::filesystem::path() : std::filesystem::path(value);
}

/// A relative value of an XDG variable is to be ignored (XDG base directory specification).
std::filesystem::path xdg(const char* variable, const char* below_home) {
  const char* value = std::getenv(variable);
  if (value != nullptr && value[0] == '/') return std::filesystem::path(value) / "kubectl-mesh";
  if (home().empty()) {
    throw Failure("invalid-input", std::string("neither HOME nor ") + variable + " is set",
                  std::string("set ") + variable + " to a folder of yours");
  }
  return home() / below_home / "kubectl-mesh";
}

/// "lib" or "share", beside bin/.
std::filesystem::path installed(const char* part) {
  return executable().parent_path().parent_path() / part / "kubectl-mesh";
}

}  // namespace

std::filesystem::path executable() {
  return std::filesystem::read_symlink("/proc/self/exe");
}

std::filesystem::path engine_library() {
  return installed("lib") / "libmesh-engine.so";
}

std::filesystem::path bundled_plugins() {
  return installed("lib") / "plugins";
}

std::filesystem::path bundled_list() {
  return installed("lib") / "bundled-plugins.json";
}

std::filesystem::path templates() {
  return installed("share") / "templates";
}

std::filesystem::path author_sdks() {
  return installed("share") / "sdk";
}

std::filesystem::path user_plugins() {
  return xdg("XDG_DATA_HOME", ".local/share") / "plugins";
}

std::filesystem::path state_home() {
  return xdg("XDG_STATE_HOME", ".local/state");
}

std::filesystem::path data_home() {
  return xdg("XDG_DATA_HOME", ".local/share");
}

std::filesystem::path store_home() {
  return data_home() / "store";
}

std::filesystem::path from_folder(const std::filesystem::path& folder, const std::string& path) {
  const bool of_home = path.starts_with("~/") && !home().empty();
  const std::filesystem::path whole = of_home ? home() / path.substr(2) : folder / path;
  return std::filesystem::absolute(whole).lexically_normal();
}

std::string shown(const std::filesystem::path& path) {
  const std::string text = path.string();
  std::string start = home().string();
  while (start.size() > 1 && start.ends_with('/')) start.pop_back();
  const bool below = start.size() > 1 && text.starts_with(start) &&
                     (text.size() == start.size() || text[start.size()] == '/');
  return below ? "~" + text.substr(start.size()) : text;
}

}  // namespace mesh
