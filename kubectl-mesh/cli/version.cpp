#include "version.hpp"

#include "cli/document_text.hpp"
#include "cli/version_text.hpp"
#include "mesh/plugin.h"

namespace mesh {

namespace {

std::string abi_text() {
  return std::to_string(MESH_ABI_MAJOR) + "." + std::to_string(MESH_ABI_MINOR);
}

Json version_document(const Catalogue& catalogue) {
  Json document{
      {"apiVersion", k_document_version},
      {"kind", "Version"},
      {"clientVersion", {{"version", k_version}, {"platform", k_platform}, {"abi", abi_text()}}},
      {"plugins", Json::array()}};
  for (const PluginEntry& plugin : catalogue.plugins) {
    document["plugins"].push_back(
        {{"name", plugin.manifest.name}, {"version", plugin.manifest.version}});
  }
  return document;
}

}  // namespace

std::string version_text(OutputFormat format, const Catalogue& catalogue) {
  if (is_document(format)) return document_text(version_document(catalogue), format);
  if (format == OutputFormat::name) return "kubectl-mesh/" + std::string(k_version) + "\n";
  std::string text = std::string("Client Version: ") + k_version + "\n";
  text += std::string("Platform: ") + k_platform + "\n";
  text += "Plugin ABI: " + abi_text() + "\n";
  for (const PluginEntry& plugin : catalogue.plugins) {
    text += "Plugin " + plugin.manifest.name + ": " + plugin.manifest.version + "\n";
  }
  return text;
}

}  // namespace mesh
