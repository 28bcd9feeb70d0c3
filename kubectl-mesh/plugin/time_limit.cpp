#include "plugin/time_limit.hpp"

#include "plugin/exchange.hpp"

namespace mesh {

namespace {

std::optional<std::int64_t> timeout_of(const Extension& extension, std::string_view name) {
  for (const Verb& verb : extension.verbs) {
    if (verb.name == name) return verb.timeout_seconds;
  }
  return std::nullopt;
}

}  // namespace

TimeLimit::TimeLimit(const PluginEntry& plugin, const Extension& extension, std::string_view verb,
                     Deadline given)
    : m_timeout(timeout_of(extension, verb)),
      m_given(given),
      m_deadline(m_timeout ? given.sooner(Deadline::in(std::chrono::seconds(*m_timeout))) : given) {
  const Asked asked = asked_of(plugin.manifest, extension.point + ":" + extension.name, verb);
  m_asked = "plugin " + asked.plugin + " did not finish " + asked.what;
}

Problem TimeLimit::explained(Problem problem) const {
  const bool late = problem.code == "deadline" || problem.code == "plugin-fault";
  const bool own = m_deadline.at() < m_given.at() && m_deadline.left() <= k_rounding;
  if (!late || !own) return problem;
  problem.message = m_asked + " within the " + std::to_string(m_timeout.value_or(0)) +
                    " s of its manifest (timeoutSeconds); its step was not applied";
  problem.hint = "run the same command again, or report it to the plugin's author";
  return problem;
}

}  // namespace mesh
