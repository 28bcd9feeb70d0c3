#include "plugin/bridge.hpp"

#include "plugin/in_process.hpp"
#include "plugin/isolation.hpp"
#include "plugin/loader.hpp"
#include "plugin/manifest_rules.hpp"
#include "plugin/ownership.hpp"

namespace mesh {

std::unique_ptr<PluginInstance> start_plugin(const PluginEntry& entry, const PluginStart& start) {
  check_ownership(entry);
  return start.isolation == Isolation::helper ? start_in_helper(entry, start)
                                              : start_in_process(entry, start);
}

std::string manifest_of_library(const std::filesystem::path& library) {
  const std::string manifest = load_library(std::filesystem::absolute(library)).manifest;
  read_manifest(manifest);
  return manifest;
}

std::string manifest_of_stranger(const std::filesystem::path& library,
                                 std::shared_ptr<const SealedLibrary> sealed, bool unsandboxed) {
  PluginStart start;
  start.unsandboxed = unsandboxed;
  start.sealed = std::move(sealed);
  const std::string manifest = ask_for_manifest(std::filesystem::absolute(library), start);
  read_manifest(manifest);
  return manifest;
}

}  // namespace mesh
