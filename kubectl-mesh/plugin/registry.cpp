#include "plugin/registry.hpp"

#include <cstdlib>
#include <optional>
#include <string_view>

#include "mesh/lookup.hpp"
#include "mesh/problem.hpp"
#include "plugin/kept_files.hpp"
#include "plugin/needs.hpp"
#include "plugin/recording.hpp"
#include "plugin/sandbox.hpp"
#include "plugin/settings.hpp"
#include "plugin/third_party_text.hpp"
#include "plugin/trust.hpp"

namespace mesh {

namespace {

// Deeper than any honest strategy asks another; a circle ends here and not at the stack's end.
constexpr int k_depth_max = 16;
constexpr std::chrono::seconds k_start{10};

bool is_extension(std::string_view address) {
  return address.find(':') != std::string_view::npos;
}

std::optional<Isolation> wanted_isolation() {
  const char* wanted = ::secure_getenv("KUBECTL_MESH_ISOLATION");
  const std::string_view word = wanted == nullptr ? "" : wanted;
  if (word.empty()) return std::nullopt;
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
  std::mutex mutex{};
  Deadline deadline;
  int depth;
  Rights rights;
  KeptFiles kept{};                  ///< files that extensions answered to it
  std::set<std::string> answered{};  ///< actions, which it may plan although it could not itself
};

Registry::Registry(const Catalogue& catalogue, ServicesFor services, Unsandboxed unsandboxed,
                   std::filesystem::path program)
    : m_catalogue(catalogue),
      m_services(std::move(services)),
      m_unsandboxed(std::move(unsandboxed)),
      m_program(std::move(program)) {}

Isolation Registry::isolation_of(const PluginEntry& entry) const {
  const bool bundled = entry.origin == Origin::bundled;
  const Isolation isolation =
      wanted_isolation().value_or(bundled ? Isolation::in_process : Isolation::helper);
  const std::string& name = entry.manifest.name;
  if (bundled || isolation == Isolation::helper || m_unsandboxed.contains(name)) return isolation;
  throw Failure("plugin-refused",
                "plugin " + name +
                    " is not started: KUBECTL_MESH_ISOLATION=process would run it without a "
                    "sandbox",
                "unset KUBECTL_MESH_ISOLATION, or start the plugin without a sandbox, for this "
                "run: --allow-unsandboxed=" +
                    name);
}

void Registry::warn_of_unsandboxed(const PluginEntry& entry, const PluginStart& start) {
  const std::string& name = entry.manifest.name;
  if (!m_unsandboxed.contains(name) || !m_warned.insert(name).second || !start.services) return;
  const std::string text = start.isolation == Isolation::in_process
                               ? "plugin " + name + " runs in the process, without a sandbox"
                               : unsandboxed_text(name, sandbox_lacks(needs_of(entry.manifest)));
  start.services("log/1", "write", {{"level", "warning"}, {"text", text}});
}

void Registry::prepare(std::string_view address, const Json& request, Deadline deadline) {
  const std::scoped_lock lock(m_mutex);
  const PluginEntry* entry = m_catalogue.provider(address);
  if (entry == nullptr || isolation_of(*entry) != Isolation::helper) return;
  const std::string& name = entry->manifest.name;
  if (m_instances.contains(name) || m_starting.contains(name)) return;
  const Extension& extension = *m_catalogue.extension(address);
  Rights rights = rights_of_prover(*entry);
  rights.effect = Effect::changes;
  const PluginStart start = start_of(rights, extension, with_settings(extension, request),
                                     recorded(name, m_services(rights)), deadline);
  warn_of_unsandboxed(*entry, start);
  m_starting[name] =
      std::async(std::launch::async, [entry, start] { return admitted(*entry, start); });
}

PluginStart Registry::start_of(const Rights& rights, const Extension& extension, const Json& fitted,
                               const ServiceCall& own, Deadline deadline) const {
  const PluginEntry& plugin = rights.plugin();
  return {.isolation = isolation_of(plugin),
          .services = own,
          .deadline = deadline.sooner(Deadline::in(k_start)),
          .needs = needs_in_sandbox(rights),
          .files = files_named(extension, fitted),
          .program = m_program,
          .unsandboxed =
              plugin.origin == Origin::bundled || m_unsandboxed.contains(plugin.manifest.name)};
}

Json Registry::invoke(std::string_view address, std::string_view verb, const Json& request,
                      Deadline deadline) {
  const std::scoped_lock lock(m_mutex);
  return route(nullptr, address, verb, request, deadline);
}

Json Registry::prove(std::string_view by, std::string_view address, std::string_view verb,
                     const Json& request, Deadline deadline) {
  const std::scoped_lock lock(m_mutex);
  // Whom a plugin of ours may ask was judged with its plan; a strategy may have answered this step.
  const PluginEntry& planner = provider(by);
  const PluginEntry& asks = planner.origin == Origin::bundled ? provider(address) : planner;
  Level level{.deadline = deadline, .depth = 0, .rights = rights_of_prover(asks)};
  return route(&level, address, verb, request, deadline);
}

const PluginEntry& Registry::provider(std::string_view address) const {
  if (const PluginEntry* entry = m_catalogue.provider(address)) return *entry;
  throw Failure("unsupported", "no installed plugin offers " + std::string(address),
                "kubectl mesh plugin list shows what is there");
}

Json Registry::route(Level* caller, std::string_view address, std::string_view verb,
                     const Json& request, Deadline deadline) {
  const PluginEntry& entry = provider(address);
  const std::string& name = entry.manifest.name;
  const int depth = caller == nullptr ? 0 : caller->depth;
  if (depth >= k_depth_max) {
    throw Failure("plugin-fault",
                  "plugins ask each other in a circle, at last " + std::string(address),
                  "report it to the author of plugin " + name);
  }
  const Extension& extension = *m_catalogue.extension(address);
  const Json fitted = with_settings(extension, request);
  const Asking asking{entry, extension, verb, fitted};
  Level level{.deadline = deadline,
              .depth = depth + 1,
              .rights = caller == nullptr ? rights_of_operator(asking, m_named)
                                          : rights_of_nested(caller->rights, asking, m_named)};
  const ServiceCall own = recorded(name, m_services(level.rights));
  const ServiceCall routed = [&](std::string_view service, std::string_view asked,
                                 const Json& document) {
    if (!is_extension(service)) return own(service, asked, document);
    const std::scoped_lock lock(level.mutex);
    return route(&level, service, asked, document, level.deadline);
  };
  const PluginStart start = start_of(level.rights, extension, fitted, own, deadline);
  warn_of_unsandboxed(entry, start);
  // A proof is asked by the host: no plugin waits for the answer.
  const ServiceCall plugin =
      recorded(depth == 0 ? std::string() : caller->rights.plugin().manifest.name,
               [&](std::string_view of, std::string_view asked, const Json& document) {
                 try {
                   return instance(entry, start).invoke(of, asked, document, routed, deadline);
                 } catch (const Failure& failure) {
                   throw Failure(said_by(entry, failure.problem()));
                 }
               });
  Json reply = plugin(address, verb, fitted);
  mask_said(entry, address, reply);
  settle_files(reply, level.rights, level.kept);
  const bool plans = lookup::text(reply, "/kind") == "Plan";
  if (plans) require_plan(reply, level.rights, level.answered, m_catalogue);
  if (caller == nullptr) return reply;
  if (plans) add_answered(caller->answered, reply, caller->rights, m_catalogue);
  seal_files(reply, caller->kept);
  return reply;
}

PluginInstance& Registry::instance(const PluginEntry& entry, const PluginStart& start) {
  const std::string& name = entry.manifest.name;
  const bool narrowed =
      start.isolation == Isolation::helper && start.needs != needs_of(entry.manifest);
  std::unique_ptr<PluginInstance>& slot =
      m_instances[narrowed ? name + " " + to_text(to_json(*start.needs)) : name];
  if (!slot) {
    const auto starting = narrowed ? decltype(m_starting)::node_type() : m_starting.extract(name);
    slot = starting ? starting.mapped().get() : admitted(entry, start);
  }
  return *slot;
}

}  // namespace mesh
