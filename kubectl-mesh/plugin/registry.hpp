#pragma once

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "mesh/problem.hpp"
#include "plugin/bridge.hpp"
#include "plugin/rights.hpp"
#include "plugin/secret_settings.hpp"

namespace mesh {

/// The services of one call, made for the plugin that is called and within the rights of the call.
using ServicesFor = std::function<ServiceCall(const Rights& rights)>;

/// What the operator says in a section of mesh.yaml, and with --set.
using SettingsOf = std::function<Json(const std::string& section)>;

/// Names of the third-party plugins that the operator lets run where the kernel cannot confine
/// them.
using Unsandboxed = std::set<std::string, std::less<>>;

/// The plugins of one run, started when first needed: bundled ones in the process, others in a
/// helper. KUBECTL_MESH_ISOLATION=helper|process overrides, for tests and for authors; a
/// third-party plugin runs in the process only if it is named as unsandboxed, too.
class Registry {
 public:
  /// `services` answers what is not an extension. `settings` are those of a request that has none,
  /// for what has a section of its own: who runs all checks knows the settings of none.
  Registry(const Catalogue& catalogue, ServicesFor services, SettingsOf settings = {},
           Unsandboxed unsandboxed = {}, std::filesystem::path program = "/proc/self/exe");
  /// Called before an authority is asked to sign; throws Failure if nothing may be signed now.
  void before_signing(std::function<void()> check) { m_before_signing = std::move(check); }
  /// A plugin that runs in a helper starts now, while its caller does something else; what goes
  /// wrong is said when it is asked. `request` is what it will be asked. Thread-safe.
  void prepare(std::string_view address, const Json& request, Deadline deadline);
  /// Routes to the extension's plugin; its own calls come back through here, inherit the deadline
  /// and have no more rights than plugin/rights.hpp says. Thread-safe; one request at a time.
  Json invoke(std::string_view address, std::string_view verb, const Json& request,
              Deadline deadline);
  /// The same for a step `prove` of a plan: what it may is what the plugin of the extension `by`,
  /// which planned it, may ask for in a verb that only reads.
  Json prove(std::string_view by, std::string_view address, std::string_view verb,
             const Json& request, Deadline deadline);
  const Catalogue& catalogue() const { return m_catalogue; }

 private:
  struct Level;
  /// `caller`: null for the operator.
  Json route(Level* caller, std::string_view address, std::string_view verb, const Json& request,
             Deadline deadline);
  /// What the plugin itself says; `level` is its own.
  Json answer(Level* caller, Level& level, const Asking& asking);
  /// The same, asked again for what only reads, if the plugin says that it may succeed later.
  Json answer_in_the_end(Level* caller, Level& level, const Asking& asking);
  Json nested(Level& level, std::string_view address, std::string_view verb, const Json& request);
  /// The request with the settings of its section; none: it has settings, or may have none.
  std::optional<Json> with_section(const PluginEntry& entry, const Extension& extension,
                                   const Json& request) const;
  const PluginEntry& provider(std::string_view address) const;
  PluginStart start_of(const Rights& rights, const Extension& extension, const Json& fitted,
                       const ServiceCall& own, Deadline deadline) const;
  Isolation isolation_of(const PluginEntry& entry) const;
  /// Once for each plugin that the operator lets run without a sandbox.
  void warn_of_unsandboxed(const PluginEntry& entry, const PluginStart& start);
  PluginInstance& instance(const PluginEntry& entry, const PluginStart& start);

  const Catalogue& m_catalogue;
  ServicesFor m_services;
  SettingsOf m_settings;
  Unsandboxed m_unsandboxed;
  std::function<void()> m_before_signing;
  std::filesystem::path m_program;
  std::mutex m_mutex;
  NamedPaths m_named;
  SecretReferences m_references;
  Unsandboxed m_warned;
  /// By the plugin's name, and what it may do where that is less than its manifest names.
  std::map<std::string, std::unique_ptr<PluginInstance>> m_instances;
  std::map<std::string, std::future<std::unique_ptr<PluginInstance>>> m_starting;
  /// Plugins that did not start, by the same, or hung, and how: they are not waited for twice.
  std::map<std::string, Problem> m_given_up;
};

}  // namespace mesh
