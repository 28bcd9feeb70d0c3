#pragma once

#include "conformance/subject.hpp"
#include "conformance/world.hpp"

#include "plugin/bridge.hpp"

namespace mesh::conformance {

/// All that a plugin may call but other extensions: the world's services, and the host's own ones
/// where no cluster is needed.
class ScriptedHost {
 public:
  explicit ScriptedHost(const Subject& subject);
  ScriptedHost(const ScriptedHost&) = delete;
  ScriptedHost& operator=(const ScriptedHost&) = delete;

  Json answer(std::string_view service, std::string_view verb, const Json& request);
  /// Keeps the text of a log line or a step of progress; other services have none.
  void note_text(std::string_view service, const Json& request);
  /// The judged plugin as if it were installed, alone.
  const PluginEntry& entry() const { return m_catalogue.plugins.front(); }
  bool offers(std::string_view address) const { return m_catalogue.provider(address) != nullptr; }

  /// As if nothing had been carried out.
  void renew_world() { world = first_world; }

  const World first_world;
  World world = first_world;
  /// Extensions of other plugins that it asked; none of them is there.
  std::vector<std::string> asked{};
  /// Texts of log/1 and progress/1.
  std::vector<std::string> logged{};

 private:
  Catalogue m_catalogue;
  ServiceCall m_services;
};

}  // namespace mesh::conformance
