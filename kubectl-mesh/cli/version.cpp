#include "version.hpp"

#include "cli/version_text.hpp"
#include "mesh/plugin.h"

namespace mesh {

std::string version_text(OutputFormat format, const Catalogue& catalogue) {
  const std::string abi = std::to_string(MESH_ABI_MAJOR) + "." + std::to_string(MESH_ABI_MINOR);
  if (format == OutputFormat::table || format == OutputFormat::wide ||
      format == OutputFormat::name) {
    std::string text =
        "kubectl-mesh " MESH_VERSION_TEXT " (" MESH_PLATFORM_TEXT ", plugin ABI " + abi + ")\n";
    for (const PluginEntry& plugin : catalogue.plugins) {
      text += "plugin " + plugin.manifest.name + " " + plugin.manifest.version + "\n";
    }
    return text;
  }
  Json document{{"apiVersion", k_document_version},
                {"kind", "Version"},
                {"clientVersion",
                 {{"version", MESH_VERSION_TEXT}, {"platform", MESH_PLATFORM_TEXT}, {"abi", abi}}},
                {"plugins", Json::array()}};
  for (const PluginEntry& plugin : catalogue.plugins) {
    document["plugins"].push_back(
        {{"name", plugin.manifest.name}, {"version", plugin.manifest.version}});
  }
  // JSON is YAML too; the emitter for prettier YAML is the engine's, which `version` must not load.
  return document.dump(2) + "\n";
}

}  // namespace mesh
