#include "plugin/registry.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "mesh/lookup.hpp"
#include "mesh/problem.hpp"
#include "plugin/exchange.hpp"
#include "plugin/issuance.hpp"
#include "plugin/kept_files.hpp"
#include "plugin/needs.hpp"
#include "plugin/recording.hpp"
#include "plugin/replies.hpp"
#include "plugin/sandbox.hpp"
#include "plugin/secret_places.hpp"
#include "plugin/section_points.hpp"
#include "plugin/settings.hpp"
#include "plugin/third_party_text.hpp"
#include "plugin/time_limit.hpp"
#include "plugin/trust.hpp"

namespace mesh {

namespace {

// Deeper than any honest strategy asks another; a circle ends here and not at the stack's end.
constexpr int k_depth_max = 16;
constexpr std::chrono::seconds k_start{10};
// Before a call is made again whose plugin says that it may succeed later.
constexpr std::array<std::chrono::milliseconds, 2> k_pauses{std::chrono::milliseconds(500),
                                                            std::chrono::milliseconds(2000)};

bool is_extension(std::string_view address) {
  return address.find(':') != std::string_view::npos;
}

bool is_bundled(const PluginEntry& entry) {
  return entry.origin == Origin::bundled;
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

/// What is asked of every plugin of a point, chosen or not.
struct Survey {
  std::string_view point;
  std::string_view verb;
};
constexpr std::array<Survey, 8> k_surveys{{{"check/1", "run"},
                                           {"overview/1", "detect"},
                                           {"overview/1", "status"},
                                           {"dns/1", "fit"},
                                           {"dns/1", "look"},
                                           {"dns/1", "remove"},
                                           {"exposure/1", "remove"},
                                           {"helm-driver/1", "look"}}};

/// Of a survey, and of a plan over several concerns, a third-party plugin gets half of the time
/// that is left: one that hangs leaves some for the others.
Deadline share_of(Deadline deadline, const Asking& asking) {
  const auto* row = std::find_if(k_surveys.begin(), k_surveys.end(), [&](const Survey& survey) {
    return survey.point == asking.extension.point && survey.verb == asking.verb;
  });
  const bool shared = row != k_surveys.end() || lookup::value(asking.request, "/ahead") == true ||
                      lookup::value(asking.request, "/ending") == true;
  if (is_bundled(asking.plugin) || !shared) return deadline;
  return deadline.at() == SteadyTime::max() ? deadline : Deadline::in(deadline.left() / 2);
}

/// Who failed is said here and nowhere else. What a plugin passes on of another one's failure is
/// told as the other's, in the first words; a bundled plugin's own refusals are the program's.
Problem blamed(Problem problem, const PluginEntry& entry, const std::vector<Problem>& faults) {
  for (const Problem& fault : faults) {
    // What another plugin does not offer, a plugin says of itself: it has a code and no words.
    const bool unsupported = problem.code == "unsupported" && fault.code == problem.code;
    if (unsupported || problem.message.find(fault.message) != std::string::npos) return fault;
  }
  const bool fault = problem.code == "plugin-fault" || problem.code == "plugin-refused";
  const bool at_fault = (fault || !is_bundled(entry)) && problem.code != "cancelled";
  problem.plugin = at_fault ? entry.manifest.name : std::string();
  if (at_fault && problem.retryable && problem.hint.empty())
    problem.hint = "it may succeed later: run the same command again";
  return problem;
}

/// The settings of a request, as the extension's schema has them.
Json fitted_to(const Asking& asking) try {
  Json fitted = with_settings(asking.extension, asking.request);
  if (asking.section) resolve_shared_secrets(asking.plugin.manifest, asking.extension, fitted);
  return fitted;
} catch (const Failure& failure) {
  // A check that was given no settings, or wrong ones, costs its own rows.
  const bool survey = asking.extension.point != "command/1" && has_section(asking.extension.point);
  if (failure.problem().code != "plugin-fault" && !survey) throw;
  throw Failure(blamed(failure.problem(), asking.plugin, {}));
}

/// Of a verb that only reads, and of the plugin's own affairs: what clusters and other plugins did
/// not answer was asked again already.
bool may_ask_again(const Problem& problem, const std::set<std::string>& passed_on,
                   const Asking& asking) {
  const bool own = problem.cluster.empty() && !passed_on.contains(problem.message);
  return problem.retryable && own && only_reads(asking.extension, asking.verb);
}

/// What comes of a third party is read by plugins that trust the schema.
void require_fit(const Json& reply, const Asking& asking) {
  const auto schema = reply_of(asking.extension, asking.verb);
  if (is_bundled(asking.plugin) || !schema) return;
  const std::string why = misfit(reply, *schema);
  if (why.empty()) return;
  const std::string address = asking.extension.point + ":" + asking.extension.name;
  throw plugin_fault(asked_of(asking.plugin.manifest, address, asking.verb),
                     "answered what does not fit " + schema->file + " (" + why + ")");
}

/// Whoever asked an authority may write what it signed.
void require_issued(const Json& reply, const Asking& asking) {
  const bool signs = asking.verb == "issue" || asking.verb == "rotate";
  if (asking.extension.point != "ca/1" || !signs) return;
  const Manifest& manifest = asking.plugin.manifest;
  const auto problem = broken_rule(asking.request, reply, manifest.name + " " + manifest.version);
  if (problem) throw Failure(*problem);
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
  std::vector<Problem> faults{};     ///< of the plugins that it asked
  std::mutex told{};
  std::set<std::string> passed_on{};  ///< what the host or other plugins said that failed
};

Registry::Registry(const Catalogue& catalogue, ServicesFor services, SettingsOf settings,
                   Unsandboxed unsandboxed, std::filesystem::path program)
    : m_catalogue(catalogue),
      m_services(std::move(services)),
      m_settings(std::move(settings)),
      m_unsandboxed(std::move(unsandboxed)),
      m_program(std::move(program)) {}

Isolation Registry::isolation_of(const PluginEntry& entry) const {
  const bool bundled = is_bundled(entry);
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

void Registry::prepare(std::string_view address, const Json& request, Deadline deadline) try {
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
} catch (const Failure&) {
  // Said when it is asked.
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
          .unsandboxed = is_bundled(plugin) || m_unsandboxed.contains(plugin.manifest.name)};
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

std::optional<Json> Registry::with_section(const PluginEntry& entry, const Extension& extension,
                                           const Json& request) const {
  if (!m_settings || !has_section(extension.point)) return std::nullopt;
  if (!request.is_object() || request.contains("settings")) return std::nullopt;
  Json whole = request;
  whole["settings"] = m_settings(section_of(entry.manifest, extension));
  return whole;
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
  const std::optional<Json> whole = with_section(entry, extension, request);
  const bool of_operator = caller == nullptr || whole;
  if (of_operator) m_references.add(lookup::value(whole ? *whole : request, "/settings"));
  const bool for_it = of_operator || !caller->rights.has_third_party() ||
                      caller->rights.chosen.contains(std::string(address));
  m_references.require(extension, request, for_it);
  const Json fitted = fitted_to({entry, extension, verb, whole ? *whole : request, of_operator});
  const Asking asking{entry, extension, verb, fitted, whole.has_value()};
  const TimeLimit limit(entry, extension, verb, share_of(deadline, asking));
  Level level{.deadline = limit.deadline(),
              .depth = depth + 1,
              .rights = caller == nullptr ? rights_of_operator(asking, m_named)
                                          : rights_of_nested(caller->rights, asking, m_named)};
  try {
    if (m_before_signing && signs(asking)) m_before_signing();
    Json reply = answer_in_the_end(caller, level, asking);
    require_fit(reply, asking);
    require_issued(reply, asking);
    require_secret_places(reply, asked_of(entry.manifest, address, verb));
    settle_files(reply, level.rights, level.kept);
    const bool plans = lookup::text(reply, "/kind") == "Plan";
    if (plans) require_plan(reply, level.rights, level.answered, m_catalogue);
    if (caller == nullptr) return reply;
    if (plans) add_answered(caller->answered, reply, caller->rights, m_catalogue);
    seal_files(reply, caller->kept);
    return reply;
  } catch (const Failure& failure) {
    const Problem problem = blamed(limit.explained(failure.problem()), entry, level.faults);
    if (problem.plugin == name && level.deadline.passed()) m_given_up.emplace(name, problem);
    throw Failure(problem);
  }
}

Json Registry::answer_in_the_end(Level* caller, Level& level, const Asking& asking) {
  for (const std::chrono::milliseconds pause : k_pauses) {
    try {
      return answer(caller, level, asking);
    } catch (const Failure& failure) {
      if (!may_ask_again(failure.problem(), level.passed_on, asking)) throw;
      if (level.deadline.left() <= pause || sleep_until_stop(pause, level.deadline)) throw;
    }
  }
  return answer(caller, level, asking);
}

Json Registry::answer(Level* caller, Level& level, const Asking& asking) {
  const std::string& name = asking.plugin.manifest.name;
  const auto given_up = m_given_up.find(name);
  if (given_up != m_given_up.end()) throw Failure(given_up->second);
  const ServiceCall own = recorded(name, m_services(level.rights));
  const ServiceCall routed = [&](std::string_view service, std::string_view asked,
                                 const Json& document) -> Json {
    try {
      if (!is_extension(service)) return own(service, asked, document);
      const std::scoped_lock lock(level.mutex);
      return nested(level, service, asked, document);
    } catch (const Failure& failure) {
      const std::scoped_lock lock(level.told);
      level.passed_on.insert(failure.problem().message);
      throw;
    }
  };
  const PluginStart start =
      start_of(level.rights, asking.extension, asking.request, own, level.deadline);
  warn_of_unsandboxed(asking.plugin, start);
  // A proof is asked by the host: no plugin waits for the answer.
  const bool asked_by_host = level.depth == 1;
  const ServiceCall plugin = recorded(
      asked_by_host ? std::string() : caller->rights.plugin().manifest.name,
      [&](std::string_view of, std::string_view asked, const Json& document) {
        try {
          return instance(asking.plugin, start).invoke(of, asked, document, routed, level.deadline);
        } catch (const Failure& failure) {
          throw Failure(said_by(asking.plugin, failure.problem()));
        }
      });
  const std::string address = asking.extension.point + ":" + asking.extension.name;
  Json reply = plugin(address, asking.verb, asking.request);
  mask_said(asking.plugin, address, reply);
  return reply;
}

Json Registry::nested(Level& level, std::string_view address, std::string_view verb,
                      const Json& request) try {
  return route(&level, address, verb, request, level.deadline);
} catch (const Failure& failure) {
  if (!failure.problem().plugin.empty()) level.faults.push_back(failure.problem());
  throw;
}

PluginInstance& Registry::instance(const PluginEntry& entry, const PluginStart& start) {
  const std::string& name = entry.manifest.name;
  const bool narrowed =
      start.isolation == Isolation::helper && start.needs != needs_of(entry.manifest);
  // With less than its manifest names it may not even start, where it could with all of it.
  const std::string key = narrowed ? name + " " + to_text(to_json(*start.needs)) : name;
  const auto given_up = m_given_up.find(key);
  if (given_up != m_given_up.end()) throw Failure(given_up->second);
  std::unique_ptr<PluginInstance>& slot = m_instances[key];
  if (!slot) {
    const auto starting = narrowed ? decltype(m_starting)::node_type() : m_starting.extract(name);
    try {
      slot = starting ? starting.mapped().get() : admitted(entry, start);
    } catch (const Failure& failure) {
      m_given_up.emplace(key, failure.problem());
      throw;
    }
  }
  return *slot;
}

}  // namespace mesh
