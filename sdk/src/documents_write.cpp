#include <array>
#include <utility>

#include "document_words.hpp"

#include "mesh/documents.hpp"

namespace mesh {

// Static rather than in an unnamed namespace: to_array finds the overloads by argument-dependent
// lookup.

/// Sets a field unless it holds what a reader takes for granted: documents stay short.
template <typename T>
static void set(Json& document, const char* name, const T& value, const T& fallback = T{}) {
  if (value != fallback) document[name] = value;
}

template <typename T>
static Json to_array(const std::vector<T>& values) {
  Json array = Json::array();
  for (const T& value : values) array.push_back(to_json(value));
  return array;
}

static Json to_json(const Option& option) {
  Json document{{"name", option.name}, {"help", option.help}};
  document["type"] = words::of(option.type);
  set(document, "value", option.value);
  set(document, "default", option.fallback);
  set(document, "choices", option.choices);
  set(document, "repeated", option.repeated);
  return document;
}

static Json to_json(const Example& example) {
  return {{"text", example.text}, {"command", example.command}};
}

static Json to_json(const Verb& verb) {
  Json document{{"name", verb.name}, {"summary", verb.summary}, {"changes", verb.changes}};
  set(document, "details", verb.details);
  document["options"] = to_array(verb.options);
  document["examples"] = to_array(verb.examples);
  if (verb.timeout_seconds) document["timeoutSeconds"] = *verb.timeout_seconds;
  return document;
}

Json to_json(const Needs& needs) {
  Json document = Json::object();
  set(document, "reads", needs.reads);
  set(document, "writes", needs.writes);
  set(document, "programs", needs.programs);
  set(document, "files", needs.files);
  set(document, "network", needs.network);
  set(document, "pods", needs.pods);
  set(document, "asks", needs.asks);
  return document;
}

static Json to_json(const Extension& extension) {
  Json document{
      {"point", extension.point}, {"name", extension.name}, {"summary", extension.summary}};
  if (!extension.verbs.empty()) document["verbs"] = to_array(extension.verbs);
  set(document, "abilities", extension.abilities);
  if (!extension.settings.empty()) document["settings"] = extension.settings;
  if (extension.lifecycle != Lifecycle{}) {
    Json& lifecycle = document["lifecycle"] = Json::object();
    set(lifecycle, "after", extension.lifecycle.after);
    set(lifecycle, "before", extension.lifecycle.before);
    set(lifecycle, "up", extension.lifecycle.up);
    set(lifecycle, "down", extension.lifecycle.down);
  }
  if (extension.needs != Needs{}) document["needs"] = to_json(extension.needs);
  return document;
}

static Json to_json(const StoredFile& file) {
  Json document{{"name", file.name}, {"data", file.data}};
  set(document, "folder", file.folder);
  set(document, "owner", file.owner);
  set(document, "replace", file.replace);
  if (file.kept > 0) document["kept"] = file.kept;
  return document;
}

static Json to_json(const NeededRight& right) {
  Json document{{"verb", right.verb}, {"target", to_json(right.target)}};
  set(document, "subresource", right.subresource);
  return document;
}

static Json to_json(const ObjectSelection& selection) {
  Json document = to_json(selection.kind);
  set(document, "names", selection.names);
  set(document, "labels", selection.labels);
  return document;
}

Json to_json(const ProgramUndo& undo) {
  Json document{{"arguments", undo.arguments}};
  set(document, "input", undo.input);
  if (undo.history) document["history"] = to_json(*undo.history);
  if (!undo.restores.empty()) document["restores"] = to_array(undo.restores);
  if (!undo.leaves.empty()) document["leaves"] = to_array(undo.leaves);
  if (!undo.needs.empty()) document["needs"] = to_array(undo.needs);
  return document;
}

static Json to_json(const HelmRelease& release) {
  Json document{{"name", release.name}, {"namespace", release.name_space}};
  set(document, "chart", release.chart);
  set(document, "repository", release.repository);
  set(document, "version", release.version);
  set(document, "valueFiles", release.value_files);
  return document;
}

static Json to_json(const Action& action) {
  const Action plain;
  Json document{{"type", to_string(action.type)}, {"reason", action.reason}};
  set(document, "cluster", action.cluster);
  set(document, "phase", action.phase);
  if (!action.object.is_null()) document["object"] = action.object;
  if (!action.target.kind.empty()) document["target"] = to_json(action.target);
  set(document, "precondition", action.precondition, plain.precondition);
  set(document, "patch", action.patch, plain.patch);
  if (!action.file.name.empty()) document["file"] = to_json(action.file);
  set(document, "program", action.program);
  set(document, "arguments", action.arguments);
  set(document, "input", action.input);
  if (action.undo) document["undo"] = to_json(*action.undo);
  if (action.release) document["release"] = to_json(*action.release);
  if (action.until != plain.until) document["until"] = to_string(action.until);
  set(document, "pointer", action.pointer);
  if (!action.value.is_null()) document["value"] = action.value;
  set(document, "seconds", action.seconds, plain.seconds);
  set(document, "extension", action.extension);
  set(document, "verb", action.verb);
  set(document, "request", action.request, plain.request);
  set(document, "revert", action.revert);
  if (!action.needs.empty()) document["needs"] = to_array(action.needs);
  return document;
}

static Json to_json(const Announcement& announcement) {
  Json document{{"type", to_string(announcement.type)}};
  set(document, "cluster", announcement.cluster);
  if (!announcement.target.kind.empty()) document["target"] = to_json(announcement.target);
  set(document, "program", announcement.program);
  set(document, "file", announcement.file);
  set(document, "reason", announcement.reason);
  return document;
}

static Json to_json(const Note& note) {
  Json document{{"severity", to_string(note.severity)}, {"text", note.text}};
  set(document, "cluster", note.cluster);
  return document;
}

static Json to_json(const Column& column) {
  Json document{{"title", column.title}, {"pointer", column.pointer}};
  set(document, "wide", column.wide);
  return document;
}

Json to_json(const Manifest& manifest) {
  Json document{{"apiVersion", k_document_version},
                {"kind", "Plugin"},
                {"name", manifest.name},
                {"version", manifest.version},
                {"summary", manifest.summary},
                {"abi", {{"major", 1}, {"minor", 0}}},
                {"provides", to_array(manifest.provides)}};
  set(document, "author", manifest.author);
  return document;
}

Json to_json(const Plan& plan) {
  Json document{{"apiVersion", k_document_version}, {"kind", "Plan"}, {"title", plan.title}};
  document["actions"] = to_array(plan.actions);
  document["notes"] = to_array(plan.notes);
  document["refusals"] = to_array(plan.refusals);
  document["next"] = plan.next;
  set(document, "continues", plan.continues);
  if (!plan.unfinished.empty()) document["unfinished"] = to_array(plan.unfinished);
  if (!plan.announces.empty()) document["announces"] = to_array(plan.announces);
  return document;
}

Json to_json(const Report& report) {
  Json document{{"apiVersion", k_document_version}, {"kind", report.kind}};
  document["columns"] = to_array(report.columns);
  document["items"] = report.items;
  document["notes"] = to_array(report.notes);
  document["problems"] = to_array(report.problems);
  document["failed"] = report.failed;
  return document;
}

Json to_json(const Finding& finding) {
  Json document{{"id", finding.id},
                {"cluster", finding.cluster},
                {"severity", to_string(finding.severity)},
                {"title", finding.title}};
  set(document, "evidence", finding.evidence);
  set(document, "fix", finding.fix);
  return document;
}

Json to_json(const ObjectRef& ref) {
  Json document{{"apiVersion", ref.api_version}, {"kind", ref.kind}};
  set(document, "namespace", ref.name_space);
  set(document, "name", ref.name);
  return document;
}

Report report_of(const std::vector<Finding>& findings, std::vector<Problem> problems) {
  Report report;
  report.kind = "FindingList";
  report.columns = {{"RESULT", "/severity"},
                    {"CLUSTER", "/cluster"},
                    {"CHECK", "/id"},
                    {"CLAIM", "/title", true},
                    {"EVIDENCE", "/evidence"}};
  for (const Finding& finding : findings) {
    report.items.push_back(to_json(finding));
    report.failed = report.failed || finding.severity == Severity::failure;
  }
  report.problems = std::move(problems);
  return report;
}

ObjectRef ref_of(const Json& object) {
  const auto text = [&](const char* pointer) {
    const Json::json_pointer place(pointer);
    return object.contains(place) && object[place].is_string() ? object[place].get<std::string>()
                                                               : std::string();
  };
  return {.api_version = text("/apiVersion"),
          .kind = text("/kind"),
          .name_space = text("/metadata/namespace"),
          .name = text("/metadata/name")};
}

std::string to_string(const ObjectRef& ref) {
  return ref.kind + " " + (ref.name_space.empty() ? "" : ref.name_space + "/") + ref.name;
}

std::string kind_of(const ObjectRef& ref) {
  return ref.api_version + "/" + ref.kind;
}

std::string_view to_string(ActionType type) {
  return words::of(type);
}
std::string_view to_string(Until until) {
  return words::of(until);
}
std::string_view to_string(Severity severity) {
  return words::of(severity);
}

}  // namespace mesh
