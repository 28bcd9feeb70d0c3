#pragma once

#include <filesystem>
#include <string>

#include "folder_support.hpp"
#include "places.hpp"
#include <catch2/catch.hpp>

#include "plugin/bridge.hpp"

// What the tests of the plugin room share.

namespace mesh::test {

namespace fs = std::filesystem;

#if defined(__SANITIZE_ADDRESS__)
// A sanitizer catches the signal, tells its story and exits.
inline constexpr const char* k_crash = "ended itself (exit status 1)";
#elif defined(__SANITIZE_THREAD__)
inline constexpr const char* k_crash = "ended itself (exit status 66)";
#else
inline constexpr const char* k_crash = "crashed (SIGSEGV)";
#endif

/// A folder of plugins as an operator would have it: libraries with their manifests beside them.
class PluginFolder : public TemporaryFolder {
 public:
  PluginFolder& add(const fs::path& library, const std::string& manifest) {
    fs::copy_file(library, path() / library.filename());
    write(library.stem().string() + ".json", manifest + "\n");
    return *this;
  }
  /// With the manifest that the library holds.
  PluginFolder& add(const fs::path& library) { return add(library, manifest_of_library(library)); }
  Catalogue catalogue(Origin origin = Origin::user) const {
    return read_catalogue({{path(), origin}});
  }
};

inline fs::path abi_plugin(const std::string& name) {
  return fs::path(k_abi_plugins) / (name + ".so");
}

inline fs::path example(const std::string& name) {
  return fs::path(k_examples) / (name + ".so");
}

/// How a test starts plugins: the same but for where they run.
inline PluginStart how(Isolation isolation) {
  PluginStart start;
  start.isolation = isolation;
  start.program = k_plugin_helper;
  return start;
}

inline Json no_services(std::string_view service, std::string_view, const Json&) {
  throw Failure("unsupported", std::string(service) + " is not there");
}

}  // namespace mesh::test
