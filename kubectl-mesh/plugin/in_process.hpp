#pragma once

#include <memory>

#include "plugin/bridge.hpp"
#include "plugin/exchange.hpp"
#include "plugin/loader.hpp"

namespace mesh {

/// What a plugin's mesh_host leads to during one call.
struct HostCalls {
  RawCall call;
  std::function<bool()> cancelled;
  Deadline deadline;
};

/// A loaded library behind texts and codes: the only place that calls its C functions. Serves the
/// host for its own plugins and the helper process for a stranger's. Nothing that the plugin throws
/// comes out.
class NativePlugin {
 public:
  explicit NativePlugin(LoadedLibrary library) : m_library(std::move(library)) {}

  const std::string& manifest() const { return m_library.manifest; }
  /// MESH_OK, or what the plugin says against it.
  Reply start(const HostCalls& host);
  Reply invoke(std::string_view address, std::string_view verb, std::string_view request,
               const HostCalls& host);
  void stop();

 private:
  LoadedLibrary m_library;
  void* m_self = nullptr;
  bool m_started = false;
};

std::unique_ptr<PluginInstance> start_in_process(const PluginEntry& entry,
                                                 const PluginStart& start);

/// Throws Failure("plugin-refused") if the library's manifest is not the one beside it.
void check_manifest(const PluginEntry& entry, const std::string& in_library);
/// Throws Failure("plugin-refused") unless `start` was answered with MESH_OK.
void check_started(const PluginEntry& entry, const Reply& reply);
/// Passes log/1 on and nothing else: what a plugin may call while it starts.
ServiceCall log_only(const ServiceCall& services);

}  // namespace mesh
