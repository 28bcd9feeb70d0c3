#include "document_words.hpp"

#include "mesh/documents.hpp"

namespace mesh {

namespace {

[[noreturn]] void refuse(const char* field, const char* wanted) {
  throw Failure("invalid-document", std::string(field) + " is not " + wanted);
}

const Json* find(const Json& document, const char* name) {
  if (!document.is_object()) refuse(name, "inside an object");
  const auto field = document.find(name);
  return field == document.end() || field->is_null() ? nullptr : &*field;
}

std::string text(const Json& document, const char* name, std::string fallback = {}) {
  const Json* field = find(document, name);
  if (field == nullptr) return fallback;
  if (!field->is_string()) refuse(name, "a text");
  return field->get<std::string>();
}

std::string needed(const Json& document, const char* name) {
  std::string value = text(document, name);
  if (value.empty()) refuse(name, "there");
  return value;
}

bool flag(const Json& document, const char* name) {
  const Json* field = find(document, name);
  if (field != nullptr && !field->is_boolean()) refuse(name, "true or false");
  return field != nullptr && field->get<bool>();
}

std::optional<std::int64_t> optional_number(const Json& document, const char* name) {
  const Json* field = find(document, name);
  if (field == nullptr) return std::nullopt;
  if (!field->is_number_integer()) refuse(name, "a whole number");
  return field->get<std::int64_t>();
}

std::int64_t number(const Json& document, const char* name, std::int64_t fallback) {
  return optional_number(document, name).value_or(fallback);
}

template <typename T>
std::vector<T> list(const Json& document, const char* name, T (*read)(const Json&)) {
  std::vector<T> values;
  const Json* field = find(document, name);
  if (field == nullptr) return values;
  if (!field->is_array()) refuse(name, "an array");
  for (const Json& entry : *field) values.push_back(read(entry));
  return values;
}

std::string text_entry(const Json& entry) {
  if (!entry.is_string()) refuse("an entry", "a text");
  return entry.get<std::string>();
}

Option read_option(const Json& document) {
  return {.name = needed(document, "name"),
          .type = words::read<OptionType>(text(document, "type", "text"), "type"),
          .value = text(document, "value"),
          .help = text(document, "help"),
          .fallback = text(document, "default"),
          .choices = list(document, "choices", text_entry),
          .repeated = flag(document, "repeated")};
}

Example read_example(const Json& document) {
  return {.text = text(document, "text"), .command = needed(document, "command")};
}

Verb read_verb(const Json& document) {
  return {.name = needed(document, "name"),
          .summary = text(document, "summary"),
          .details = text(document, "details"),
          .changes = flag(document, "changes"),
          .options = list(document, "options", read_option),
          .examples = list(document, "examples", read_example),
          .timeout_seconds = optional_number(document, "timeoutSeconds")};
}

Lifecycle read_lifecycle(const Json* document) {
  if (document == nullptr) return {};
  return {.after = list(*document, "after", text_entry),
          .before = list(*document, "before", text_entry),
          .up = text(*document, "up"),
          .down = text(*document, "down")};
}

Extension read_extension(const Json& document) {
  const Json* settings = find(document, "settings");
  const Json* needs = find(document, "needs");
  return {.point = needed(document, "point"),
          .name = needed(document, "name"),
          .summary = text(document, "summary"),
          .verbs = list(document, "verbs", read_verb),
          .abilities = list(document, "abilities", text_entry),
          .settings = settings == nullptr ? Json::object() : *settings,
          .lifecycle = read_lifecycle(find(document, "lifecycle")),
          .needs = needs == nullptr ? Needs{} : needs_from_json(*needs)};
}

StoredFile read_file(const Json& document) {
  return {.folder = text(document, "folder"),
          .name = needed(document, "name"),
          .owner = text(document, "owner"),
          .data = text(document, "data"),
          .replace = flag(document, "replace"),
          .kept = number(document, "kept", 0)};
}

NeededRight read_needed_right(const Json& document) {
  const Json* target = find(document, "target");
  if (target == nullptr) refuse("target", "there");
  return {.verb = needed(document, "verb"),
          .target = object_ref_from_json(*target),
          .subresource = text(document, "subresource")};
}

ObjectSelection read_selection(const Json& document) {
  return {.kind = object_ref_from_json(document),
          .names = list(document, "names", text_entry),
          .labels = text(document, "labels")};
}

Json value_of(const Json& document, const char* name, Json fallback) {
  const Json* field = find(document, name);
  return field == nullptr ? fallback : *field;
}

/// The type's own field must be there; that an action is complete is checked nowhere else.
void require_parts(const Action& action) {
  const bool acts_on_target = action.type == ActionType::edit ||
                              action.type == ActionType::remove ||
                              action.type == ActionType::wait || action.type == ActionType::restart;
  if (acts_on_target && action.target.name.empty()) refuse("target", "there");
  if (action.type == ActionType::store && action.file.name.empty()) refuse("file", "there");
  if (action.type == ActionType::run && action.program.empty()) refuse("program", "there");
  if (action.type == ActionType::apply && ref_of(action.object).name.empty()) {
    refuse("object", "a Kubernetes object with a name");
  }
  const bool asks = !action.extension.empty() && !action.verb.empty();
  if (action.type == ActionType::prove && !asks) refuse("extension and verb", "there");
  // What it reverts was written in its cluster, and what it needs are rights there.
  const bool about_one = action.revert || !action.needs.empty();
  if (action.type == ActionType::prove && about_one && action.cluster.empty())
    refuse("cluster", "there, for what it reverts or needs");
  const bool points = action.until == Until::value || action.until == Until::present;
  if (action.type == ActionType::wait && points && action.pointer.empty()) {
    refuse("pointer", "there");
  }
  const bool anywhere = action.type == ActionType::store || action.type == ActionType::prove;
  if (!anywhere && action.cluster.empty()) refuse("cluster", "there");
}

HelmRelease read_release(const Json& document) {
  return {.name = needed(document, "name"),
          .name_space = needed(document, "namespace"),
          .chart = text(document, "chart"),
          .repository = text(document, "repository"),
          .version = text(document, "version"),
          .value_files = list(document, "valueFiles", text_entry)};
}

Action read_action(const Json& document) {
  Action action;
  action.type = words::read<ActionType>(needed(document, "type"), "type");
  action.cluster = text(document, "cluster");
  action.reason = text(document, "reason");
  action.phase = static_cast<int>(number(document, "phase", 0));
  action.object = value_of(document, "object", nullptr);
  if (const Json* target = find(document, "target")) action.target = object_ref_from_json(*target);
  action.precondition = value_of(document, "precondition", Json::object());
  action.patch = value_of(document, "patch", Json::array());
  if (const Json* file = find(document, "file")) action.file = read_file(*file);
  action.program = text(document, "program");
  action.arguments = list(document, "arguments", text_entry);
  action.input = text(document, "input");
  if (const Json* undo = find(document, "undo")) action.undo = program_undo_from_json(*undo);
  if (const Json* release = find(document, "release")) action.release = read_release(*release);
  action.until = words::read<Until>(text(document, "until", "value"), "until");
  action.pointer = text(document, "pointer");
  action.value = value_of(document, "value", nullptr);
  action.seconds = number(document, "seconds", action.seconds);
  action.extension = text(document, "extension");
  action.verb = text(document, "verb");
  action.request = value_of(document, "request", Json::object());
  action.revert = flag(document, "revert");
  action.needs = list(document, "needs", read_needed_right);
  require_parts(action);
  return action;
}

Announcement read_announcement(const Json& document) {
  Announcement announcement{
      .type = words::read<ActionType>(needed(document, "type"), "type"),
      .cluster = text(document, "cluster"),
      .program = text(document, "program"),
      .file = text(document, "file"),
      .reason = text(document, "reason"),
  };
  if (const Json* target = find(document, "target"))
    announcement.target = object_ref_from_json(*target);
  return announcement;
}

Note read_note(const Json& document) {
  return {.severity = words::read<Severity>(text(document, "severity", "info"), "severity"),
          .cluster = text(document, "cluster"),
          .text = text(document, "text")};
}

Column read_column(const Json& document) {
  return {.title = needed(document, "title"),
          .pointer = needed(document, "pointer"),
          .wide = flag(document, "wide")};
}

}  // namespace

Needs needs_from_json(const Json& document) {
  return {.reads = list(document, "reads", text_entry),
          .writes = list(document, "writes", text_entry),
          .programs = list(document, "programs", text_entry),
          .files = list(document, "files", text_entry),
          .network = flag(document, "network"),
          .pods = flag(document, "pods"),
          .asks = list(document, "asks", text_entry)};
}

Manifest manifest_from_json(const Json& document) {
  if (text(document, "kind") != "Plugin") refuse("kind", "\"Plugin\"");
  return {.name = needed(document, "name"),
          .version = needed(document, "version"),
          .summary = text(document, "summary"),
          .author = text(document, "author"),
          .provides = list(document, "provides", read_extension)};
}

Plan plan_from_json(const Json& document) {
  if (text(document, "kind") != "Plan") refuse("kind", "\"Plan\"");
  return {.title = text(document, "title"),
          .actions = list(document, "actions", read_action),
          .notes = list(document, "notes", read_note),
          .refusals = list(document, "refusals", problem_from_json),
          .next = list(document, "next", text_entry),
          .continues = flag(document, "continues"),
          .unfinished = list(document, "unfinished", problem_from_json),
          .announces = list(document, "announces", read_announcement)};
}

Announcement announcement_of(const Action& action) {
  const bool applies = action.type == ActionType::apply;
  return {.type = action.type,
          .cluster = action.cluster,
          .target = applies ? ref_of(action.object) : action.target,
          .program = action.program,
          .file = action.file.name,
          .reason = action.reason};
}

Report report_from_json(const Json& document) {
  Report report{.kind = needed(document, "kind"),
                .columns = list(document, "columns", read_column),
                .items = value_of(document, "items", Json::array()),
                .notes = list(document, "notes", read_note),
                .problems = list(document, "problems", problem_from_json),
                .failed = flag(document, "failed")};
  if (!report.items.is_array()) refuse("items", "an array");
  return report;
}

ProgramUndo program_undo_from_json(const Json& document) {
  ProgramUndo undo{.arguments = list(document, "arguments", text_entry),
                   .input = text(document, "input"),
                   .history = {},
                   .restores = list(document, "restores", object_ref_from_json),
                   .leaves = list(document, "leaves", read_selection),
                   .needs = list(document, "needs", read_needed_right)};
  if (const Json* history = find(document, "history")) undo.history = read_selection(*history);
  return undo;
}

ObjectRef object_ref_from_json(const Json& document) {
  return {.api_version = text(document, "apiVersion"),
          .kind = needed(document, "kind"),
          .name_space = text(document, "namespace"),
          .name = text(document, "name")};
}

}  // namespace mesh
