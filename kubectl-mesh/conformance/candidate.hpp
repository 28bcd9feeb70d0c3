#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "conformance/ask.hpp"
#include "conformance/rule.hpp"
#include "conformance/scripted_host.hpp"

#include "plugin/in_process.hpp"

namespace mesh::conformance {

/// What the host's side of one call is; the defaults are those of a usual run.
struct Circumstances {
  Deadline deadline = Deadline::in(std::chrono::seconds(10));
  bool cancelled = false;  ///< the work is not wanted any more: calls say so, too
  std::function<void()> before_call = [] {};
};

/// The plugin, loaded and started in this process, which first gives up what the manifest does not
/// name. Its calls are answered by a World of its own.
class Candidate {
 public:
  explicit Candidate(const Subject& subject);
  Candidate(const Subject& subject, const Needs& granted);
  Candidate(const Candidate&) = delete;
  Candidate& operator=(const Candidate&) = delete;

  /// Throws Failure if the plugin refuses.
  void start();
  void stop() { m_plugin->stop(); }
  Reply answer(const Ask& ask, const Circumstances& how = {});
  /// Any bytes as a request.
  Reply raw(std::string_view address, std::string_view verb, std::string_view request,
            const Circumstances& how = {});
  /// The document of an answer; throws the Failure that it holds, or a plugin-fault.
  Json document(const Ask& ask);

  World& world() { return m_host.world; }
  const World& first_world() const { return m_host.first_world; }
  void renew_world() { m_host.renew_world(); }
  const std::vector<std::string>& asked() const { return m_host.asked; }
  /// Texts of its log and progress, from its start on.
  const std::vector<std::string>& logged() const { return m_host.logged; }
  const PluginEntry& entry() const { return m_host.entry(); }
  /// Services that it asked while it started.
  const std::vector<std::string>& calls_of_start() const { return m_calls_of_start; }

 private:
  Reply call(std::string_view service, std::string_view verb, std::string_view request,
             const Circumstances& how);

  ScriptedHost m_host;
  std::vector<std::string> m_calls_of_start;
  std::unique_ptr<NativePlugin> m_plugin;
};

/// Needs as the manifest has them, with the files that the operator named in the settings.
Needs granted_to(const Subject& subject);

/// Why a reply is neither what its schema wants nor a Problem; empty: it is one of them.
std::string objection_to(const Ask& ask, const Reply& reply);

/// The first objection that `judge` has against an answer of a candidate of its own, with what was
/// asked before it. Skipped if there is nothing to ask.
Verdict each_ask(const Subject& subject, const std::string& point,
                 const std::function<std::string(Candidate&, const Ask&)>& judge);

/// The same of one verb: the first objection that `judge` has against what it answered.
Verdict each_reply(const Subject& subject, const std::string& point, const std::string& verb,
                   const std::function<std::string(const Ask&, const Json& reply)>& judge);

}  // namespace mesh::conformance
