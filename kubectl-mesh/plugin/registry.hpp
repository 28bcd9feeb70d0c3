#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "plugin/bridge.hpp"

namespace mesh {

/// The plugins of one run, started when first needed: bundled ones in the process, others in a
/// helper. KUBECTL_MESH_ISOLATION=helper|process overrides, for tests and for authors.
class Registry {
 public:
  /// `services` answers what is not an extension.
  Registry(const Catalogue& catalogue, ServiceCall services);
  /// Routes to the extension's plugin; its own calls come back through here.
  Json invoke(std::string_view address, std::string_view verb, const Json& request,
              Deadline deadline);
  const Catalogue& catalogue() const { return m_catalogue; }

 private:
  PluginInstance& instance(const PluginEntry& entry, Deadline deadline);

  const Catalogue& m_catalogue;
  ServiceCall m_services;
  std::recursive_mutex m_mutex;
  std::map<std::string, std::unique_ptr<PluginInstance>> m_instances;
};

}  // namespace mesh
