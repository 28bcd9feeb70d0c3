#include "conformance/scripted_host.hpp"

#include "mesh/lookup.hpp"
#include "mesh/problem.hpp"
#include "plugin/services.hpp"

namespace mesh::conformance {

ScriptedHost::ScriptedHost(const Subject& subject) : first_world(subject.objects) {
  PluginEntry entry;
  if (subject.manifest) entry.manifest = *subject.manifest;
  entry.manifest_text = subject.manifest_text;
  entry.library = subject.library;
  entry.origin = Origin::user;
  m_catalogue.plugins.push_back(std::move(entry));

  ServiceContext context;
  context.catalogue = &m_catalogue;
  m_services = make_services(std::move(context))(rights_of_prover(m_catalogue.plugins.front()));
}

void ScriptedHost::note_text(std::string_view service, const Json& request) {
  if (service == "log/1" || service == "progress/1")
    logged.push_back(lookup::text(request, "/text"));
}

Json ScriptedHost::answer(std::string_view service, std::string_view verb, const Json& request) {
  if (service.find(':') != std::string_view::npos) asked.emplace_back(service);
  note_text(service, request);
  try {
    return world.answer(service, verb, request);
  } catch (const Failure& failure) {
    if (failure.problem().code != "unsupported") throw;
    return m_services(service, verb, request);
  }
}

}  // namespace mesh::conformance
