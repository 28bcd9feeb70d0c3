#pragma once

#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "plugin/bridge.hpp"

namespace mesh {

/// The services that one plugin may call, made for it: settings, store and log are its own.
using ServicesFor = std::function<ServiceCall(const PluginEntry& caller)>;

/// The plugins of one run, started when first needed: bundled ones in the process, others in a
/// helper. KUBECTL_MESH_ISOLATION=helper|process overrides, for tests and for authors.
class Registry {
 public:
  /// `services` answers what is not an extension.
  Registry(const Catalogue& catalogue, ServicesFor services,
           std::filesystem::path program = "/proc/self/exe");
  /// A plugin that runs in a helper starts now, while its caller does something else; what goes
  /// wrong is said when it is asked. `request` is what it will be asked. Thread-safe.
  void prepare(std::string_view address, const Json& request, Deadline deadline);
  /// Routes to the extension's plugin; its own calls come back through here and inherit the
  /// deadline. Thread-safe; one request at a time.
  Json invoke(std::string_view address, std::string_view verb, const Json& request,
              Deadline deadline);
  const Catalogue& catalogue() const { return m_catalogue; }

 private:
  struct Level;
  Json route(const std::string& by, std::string_view address, std::string_view verb,
             const Json& request, Deadline deadline, int depth, Needs& granted);
  PluginStart start_of(const PluginEntry& entry, const Extension& extension, const Json& fitted,
                       const ServiceCall& own, Deadline deadline) const;
  PluginInstance& instance(const PluginEntry& entry, const PluginStart& start);

  const Catalogue& m_catalogue;
  ServicesFor m_services;
  std::filesystem::path m_program;
  std::mutex m_mutex;
  std::map<std::string, std::unique_ptr<PluginInstance>> m_instances;
  std::map<std::string, std::future<std::unique_ptr<PluginInstance>>> m_starting;
};

}  // namespace mesh
