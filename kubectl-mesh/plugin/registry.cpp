#include "plugin/registry.hpp"

#include <cstdlib>
#include <string_view>

#include "mesh/lookup.hpp"
#include "mesh/problem.hpp"
#include "plugin/needs.hpp"
#include "plugin/recording.hpp"
#include "plugin/settings.hpp"
#include "plugin/trust.hpp"

namespace mesh {

namespace {

// Deeper than any honest strategy asks another; a circle ends here and not at the stack's end.
constexpr int k_depth_max = 16;
constexpr std::chrono::seconds k_start{10};

bool is_extension(std::string_view address) {
  return address.find(':') != std::string_view::npos;
}

Isolation isolation_of(const PluginEntry& entry) {
  const char* wanted = ::secure_getenv("KUBECTL_MESH_ISOLATION");
  if (wanted == nullptr || *wanted == '\0') {
    return entry.origin == Origin::bundled ? Isolation::in_process : Isolation::helper;
  }
  const std::string_view word = wanted;
  if (word == "helper") return Isolation::helper;
  if (word == "process") return Isolation::in_process;
  throw Failure("usage", "KUBECTL_MESH_ISOLATION is \"" + std::string(word) + "\"",
                "set it to helper or process, or not at all");
}

std::unique_ptr<PluginInstance> admitted(const PluginEntry& entry, PluginStart start) {
  start.sealed = admit(entry);
  return start_plugin(entry, start);
}

}  // namespace

/// One request on its way. Several threads of a plugin may call other extensions while it waits;
/// its calls go one after the other, so that no plugin is ever entered by two threads.
struct Registry::Level {
  std::mutex mutex;
  Deadline deadline;
  int depth;
  Needs granted;  ///< of the plugin and of those that it asked: a plan may hold what they answered
};

Registry::Registry(const Catalogue& catalogue, ServicesFor services, std::filesystem::path program)
    : m_catalogue(catalogue), m_services(std::move(services)), m_program(std::move(program)) {}

void Registry::prepare(std::string_view address, const Json& request, Deadline deadline) {
  const std::scoped_lock lock(m_mutex);
  const PluginEntry* entry = m_catalogue.provider(address);
  if (entry == nullptr || isolation_of(*entry) != Isolation::helper) return;
  const std::string& name = entry->manifest.name;
  if (m_instances.contains(name) || m_starting.contains(name)) return;
  const Extension& extension = *m_catalogue.extension(address);
  const PluginStart start = start_of(*entry, extension, with_settings(extension, request),
                                     recorded(name, m_services(*entry)), deadline);
  m_starting[name] =
      std::async(std::launch::async, [entry, start] { return admitted(*entry, start); });
}

PluginStart Registry::start_of(const PluginEntry& entry, const Extension& extension,
                               const Json& fitted, const ServiceCall& own,
                               Deadline deadline) const {
  return {.isolation = isolation_of(entry),
          .services = own,
          .deadline = deadline.sooner(Deadline::in(k_start)),
          .files = files_named(extension, fitted),
          .program = m_program};
}

Json Registry::invoke(std::string_view address, std::string_view verb, const Json& request,
                      Deadline deadline) {
  const std::scoped_lock lock(m_mutex);
  Needs granted;
  return route({}, address, verb, request, deadline, 0, granted);
}

Json Registry::route(const std::string& by, std::string_view address, std::string_view verb,
                     const Json& request, Deadline deadline, int depth, Needs& granted) {
  const std::string name(address);
  const PluginEntry* entry = m_catalogue.provider(address);
  if (entry == nullptr) {
    throw Failure("unsupported", "no installed plugin offers " + name,
                  "kubectl mesh plugin list shows what is there");
  }
  if (depth >= k_depth_max) {
    throw Failure("plugin-fault", "plugins ask each other in a circle, at last " + name,
                  "report it to the author of plugin " + entry->manifest.name);
  }
  Level level{{}, deadline, depth + 1, needs_of(entry->manifest)};
  const ServiceCall own = recorded(entry->manifest.name, m_services(*entry));
  const ServiceCall routed = [&](std::string_view service, std::string_view asked,
                                 const Json& document) {
    if (!is_extension(service)) return own(service, asked, document);
    const std::scoped_lock lock(level.mutex);
    return route(entry->manifest.name, service, asked, document, level.deadline, level.depth,
                 level.granted);
  };
  const Extension& extension = *m_catalogue.extension(address);
  const Json fitted = with_settings(extension, request);
  const PluginStart start = start_of(*entry, extension, fitted, own, deadline);
  const ServiceCall plugin =
      recorded(by, [&](std::string_view of, std::string_view asked, const Json& document) {
        return instance(*entry, start).invoke(of, asked, document, routed, deadline);
      });
  Json reply = plugin(address, verb, fitted);
  if (lookup::text(reply, "/kind") == "Plan") {
    require_within(reply, level.granted, entry->manifest.name);
  }
  add(granted, level.granted);
  return reply;
}

PluginInstance& Registry::instance(const PluginEntry& entry, const PluginStart& start) {
  std::unique_ptr<PluginInstance>& slot = m_instances[entry.manifest.name];
  if (!slot) {
    const auto starting = m_starting.extract(entry.manifest.name);
    slot = starting ? starting.mapped().get() : admitted(entry, start);
  }
  return *slot;
}

}  // namespace mesh
