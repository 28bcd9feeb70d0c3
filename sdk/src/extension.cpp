#include "mesh/extension.hpp"

#include "fields.hpp"

#include "mesh/time.hpp"

namespace mesh {

namespace {

[[noreturn]] void unsupported(std::string_view verb) {
  throw Failure("unsupported", "no verb \"" + std::string(verb) + "\"");
}

std::chrono::seconds parse_duration(const std::string& option, const std::string& text) {
  const std::optional<std::chrono::seconds> duration = read_duration(text);
  if (duration) return *duration;
  throw Failure("invalid-input", "--" + option + ": \"" + text + "\" is not a duration",
                "write a number and a unit: 90m, 36h, 30d or 10y");
}

}  // namespace

// ---- command/1
// ------------------------------------------------------------------------------------

std::string CommandRequest::text(const std::string& option, std::string fallback) const {
  return options.value(option, std::move(fallback));
}

bool CommandRequest::flag(const std::string& option) const {
  return options.value(option, false);
}

std::int64_t CommandRequest::number(const std::string& option, std::int64_t fallback) const {
  return options.value(option, fallback);
}

std::chrono::seconds CommandRequest::duration(const std::string& option,
                                              std::chrono::seconds fallback) const {
  return options.contains(option) ? parse_duration(option, text(option)) : fallback;
}

Command::Command(std::string name, std::string summary, std::vector<CommandVerb> verbs,
                 Lifecycle lifecycle, Json settings, Needs needs)
    : m_name(std::move(name)),
      m_summary(std::move(summary)),
      m_verbs(std::move(verbs)),
      m_lifecycle(std::move(lifecycle)),
      m_settings(std::move(settings)),
      m_needs(std::move(needs)) {}

Extension Command::describe() const {
  Extension extension;
  extension.point = "command/1";
  extension.name = m_name;
  extension.summary = m_summary;
  for (const CommandVerb& verb : m_verbs) extension.verbs.push_back(verb.declared);
  extension.lifecycle = m_lifecycle;
  extension.settings = m_settings;
  extension.needs = m_needs;
  return extension;
}

Json Command::invoke(std::string_view verb, const Json& request, const Host& host) {
  const auto row = std::find_if(m_verbs.begin(), m_verbs.end(), [&](const CommandVerb& candidate) {
    return candidate.declared.name == verb;
  });
  if (row == m_verbs.end()) unsupported(verb);
  const CommandRequest asked{.verb = std::string(verb),
                             .clusters = texts_at(request, "clusters"),
                             .options = request.value("options", Json::object()),
                             .settings = request.value("settings", Json::object()),
                             .mesh = mesh_view_from_json(request.value("mesh", Json())),
                             .ahead = request.value("ahead", false),
                             .ending = request.value("ending", false),
                             .complete = request.value("complete", false)};
  return row->plan != nullptr ? to_json(row->plan(asked, host)) : to_json(row->report(asked, host));
}

// ---- check/1
// --------------------------------------------------------------------------------------

Json Check::invoke(std::string_view verb, const Json& request, const Host& host) {
  if (verb != "run") unsupported(verb);
  const CheckResult result = run({.clusters = texts_at(request, "clusters"),
                                  .options = request.value("options", Json::object()),
                                  .settings = request.value("settings", Json::object()),
                                  .mesh = mesh_view_from_json(request.value("mesh", Json()))},
                                 host);
  Report report = report_of(result.findings, result.problems);
  report.notes = result.notes;
  return to_json(report);
}

}  // namespace mesh
