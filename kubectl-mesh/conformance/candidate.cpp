#include "conformance/candidate.hpp"

#include "mesh/problem.hpp"
#include "plugin/needs.hpp"
#include "plugin/sandbox.hpp"
#include "plugin/settings.hpp"

namespace mesh::conformance {

namespace {

/// A document against its schema, both as texts.
std::string misfit_of(const std::string& text, const char* what, const SchemaRef& schema) {
  try {
    const std::string misfits = misfit(parse_json(text, what), schema);
    return misfits.empty() ? "" : std::string(what) + " does not fit " + schema.file + misfits;
  } catch (const Failure& failure) {
    return failure.problem().message;
  }
}

}  // namespace

Needs granted_to(const Subject& subject) {
  Needs needs;
  if (!subject.manifest) return needs;
  needs = needs_of(*subject.manifest);
  for (const Extension& extension : subject.manifest->provides) {
    const Json settings = settings_for(subject, extension);
    for (std::string& file : files_named(extension, {{"settings", settings}})) {
      needs.files.push_back(std::move(file));
    }
  }
  return needs;
}

Candidate::Candidate(const Subject& subject) : Candidate(subject, granted_to(subject)) {}

Candidate::Candidate(const Subject& subject, const Needs& granted) : m_host(subject) {
  enter_sandbox(granted);
  m_plugin = std::make_unique<NativePlugin>(
      load_library(subject.library, SealedLibrary::path_of(subject.sealed->descriptor())));
  start();
}

void Candidate::start() {
  const HostCalls host{
      [this](std::string_view service, std::string_view, std::string_view request) {
        m_calls_of_start.emplace_back(service);
        m_host.note_text(service, Json::parse(request, nullptr, false));
        return Reply{service == "log/1" ? MESH_OK : MESH_UNSUPPORTED, {}};
      },
      [] { return false; }, Deadline::in(std::chrono::seconds(10))};
  check_started(m_host.entry(), m_plugin->start(host));
}

Reply Candidate::raw(std::string_view address, std::string_view verb, std::string_view request,
                     const Circumstances& how) {
  const HostCalls host{
      [&](std::string_view service, std::string_view asked, std::string_view document) {
        return call(service, asked, document, how);
      },
      [&] { return how.cancelled || how.deadline.passed(); }, how.deadline};
  return m_plugin->invoke(address, verb, request, host);
}

Reply Candidate::answer(const Ask& ask, const Circumstances& how) {
  return raw(ask.address, ask.verb, to_text(ask.request), how);
}

Json Candidate::document(const Ask& ask) {
  const Deadline deadline = Circumstances().deadline;
  return read_answer(asked_of(m_host.entry().manifest, ask.address, ask.verb), answer(ask),
                     deadline);
}

Reply Candidate::call(std::string_view service, std::string_view verb, std::string_view request,
                      const Circumstances& how) {
  how.before_call();
  if (how.cancelled) return {MESH_CANCELLED, {}};
  if (m_host.offers(service)) return raw(service, verb, request, how);
  const ServiceCall answer = [this](std::string_view asked, std::string_view what,
                                    const Json& document) {
    return m_host.answer(asked, what, document);
  };
  return serve_call(answer, how.deadline, service, verb, request);
}

std::string objection_to(const Ask& ask, const Reply& reply) {
  switch (reply.code) {
    case MESH_OK:
      return misfit_of(reply.text, "its reply", ask.reply);
    case MESH_UNSUPPORTED:
      return "its manifest offers it, and it is unsupported";
    case MESH_TOO_LARGE:
      return "it wrote more than " + std::to_string(MESH_DOCUMENT_MAX >> 20U) + " MiB";
    case MESH_CANCELLED:
      return "it gave up although nobody had asked it to";
    default:
      return misfit_of(reply.text, "its Problem", {"problem.json", ""});
  }
}

Verdict each_ask(const Subject& subject, const std::string& point,
                 const std::function<std::string(Candidate&, const Ask&)>& judge) {
  const std::vector<Ask> asks = good_asks(subject, point);
  if (asks.empty()) return skipped("there is nothing to ask it");
  Candidate candidate(subject);
  for (const Ask& ask : asks) {
    candidate.renew_world();
    const std::string objection = judge(candidate, ask);
    if (!objection.empty()) return broken(words_of(ask) + ": " + objection);
  }
  return {};
}

Verdict each_reply(const Subject& subject, const std::string& point, const std::string& verb,
                   const std::function<std::string(const Ask&, const Json& reply)>& judge) {
  return each_ask(subject, point, [&](Candidate& candidate, const Ask& ask) -> std::string {
    if (ask.verb != verb) return {};
    const Reply reply = candidate.answer(ask);
    // What does not fit its schema another rule says.
    const bool fits = reply.code == MESH_OK && objection_to(ask, reply).empty();
    return fits ? judge(ask, parse_json(reply.text, "its reply")) : "";
  });
}

}  // namespace mesh::conformance
