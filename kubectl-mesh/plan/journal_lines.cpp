#include "plan/journal_lines.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "mesh/lookup.hpp"
#include "plan/object.hpp"
#include "plan/seal.hpp"

namespace mesh {

namespace {

constexpr std::array<std::pair<const char*, Change>, 5> k_changes{{{"create", Change::create},
                                                                   {"update", Change::update},
                                                                   {"delete", Change::remove},
                                                                   {"leave", Change::leave},
                                                                   {"act", Change::act}}};

const char* word_of(Change change) {
  for (const auto& [word, value] : k_changes) {
    if (value == change) return word;
  }
  return "leave";
}

Change change_of(const std::string& text) {
  for (const auto& [word, value] : k_changes) {
    if (word == text) return value;
  }
  return Change::leave;
}

std::int64_t number_in(const Json& line, const char* name, std::int64_t otherwise) {
  const auto found = line.find(name);
  return found != line.end() && found->is_number_integer() ? found->get<std::int64_t>() : otherwise;
}

Json to_json(const std::vector<FieldChange>& fields) {
  Json list = Json::array();
  for (const FieldChange& field : fields) {
    list.push_back({{"pointer", field.pointer}, {"before", field.before}, {"after", field.after}});
  }
  return list;
}

std::vector<std::string> texts_at(const Json& line, const char* pointer) {
  std::vector<std::string> texts;
  for (const Json& text : lookup::list(line, pointer)) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

/// What may hold private values: it is sealed where it does.
Json values_of(const JournalEntry& entry) {
  Json values = Json::object();
  if (!entry.wanted.is_null()) values["wanted"] = without_volatile(entry.wanted);
  if (!entry.before.is_null()) values["before"] = without_volatile(entry.before);
  if (!entry.fields.empty()) values["fields"] = to_json(entry.fields);
  for (const Json& object : entry.kept) values["kept"].push_back(without_volatile(object));
  return values;
}

void read_values(JournalEntry& entry, const Json& values) {
  entry.wanted = find_at(values, "/wanted");
  entry.before = find_at(values, "/before");
  for (const Json& field : lookup::list(values, "/fields")) {
    entry.fields.push_back(
        {text_at(field, "/pointer"), find_at(field, "/before"), find_at(field, "/after")});
  }
  for (const Json& object : lookup::list(values, "/kept")) entry.kept.push_back(object);
}

bool is_private(const JournalEntry& entry) {
  const auto secret = [](const Json& object) { return is_secret(object); };
  return entry.type == ActionType::store || (entry.ref.kind == "Secret") ||
         std::any_of(entry.kept.begin(), entry.kept.end(), secret);
}

ActionType type_of(const Json& line) {
  const std::string text = text_at(line, "/action");
  for (const ActionType type : {ActionType::store, ActionType::apply, ActionType::edit,
                                ActionType::remove, ActionType::run, ActionType::restart}) {
    if (to_string(type) == text) return type;
  }
  return ActionType::wait;  // nothing that could be undone
}

JournalEntry read_entry(const Json& line, const std::string& run, const std::optional<Seal>& seal) {
  JournalEntry entry;
  entry.number = static_cast<int>(number_in(line, "number", 0));
  entry.round = static_cast<int>(number_in(line, "round", 0));
  entry.phase = static_cast<int>(number_in(line, "phase", 0));
  entry.cluster = text_at(line, "/cluster");
  entry.cluster_uid = text_at(line, "/clusterUID");
  entry.type = type_of(line);
  if (line.contains("ref")) entry.ref = object_ref_from_json(line["ref"]);
  entry.change = change_of(text_at(line, "/change"));
  entry.file = text_at(line, "/file");
  entry.program = text_at(line, "/program");
  if (line.contains("undo")) entry.undo = program_undo_from_json(line["undo"]);
  entry.existing = texts_at(line, "/existing");
  entry.unproven = find_at(line, "/unproven") == true;
  const std::string sealed = text_at(line, "/sealed");
  if (sealed.empty()) {
    read_values(entry, find_at(line, "/values"));
    return entry;
  }
  const auto opened = seal ? seal->open(sealed, sealed_context(run, entry)) : std::nullopt;
  entry.readable = opened.has_value();
  if (opened) read_values(entry, parse_json(*opened, "sealed values", 128));
  return entry;
}

/// What later lines say of an entry.
void amend(JournalEntry& entry, const std::string& type, const Json& line) {
  if (type == "undoing") entry.undoing = true;
  if (type == "undone") entry.undone = true;
  if (type != "after") return;
  entry.done = true;
  entry.change = change_of(text_at(line, "/change"));
  entry.uid = text_at(line, "/uid");
  entry.adjusted = texts_at(line, "/adjusted");
  entry.history = texts_at(line, "/history");
}

}  // namespace

std::string sealed_context(const std::string& run, const JournalEntry& entry) {
  return run + "|" + std::to_string(entry.number) + "|" + entry.cluster_uid + "|" +
         to_string(entry.ref);
}

Json line_before(const JournalEntry& entry,
                 const std::function<std::string(const std::string&)>& seal) {
  Json line{{"type", "before"},
            {"number", entry.number},
            {"round", entry.round},
            {"phase", entry.phase},
            {"cluster", entry.cluster},
            {"clusterUID", entry.cluster_uid},
            {"action", to_string(entry.type)},
            {"change", word_of(entry.change)}};
  if (!entry.ref.name.empty()) line["ref"] = mesh::to_json(entry.ref);
  if (!entry.file.empty()) line["file"] = entry.file;
  if (!entry.program.empty()) line["program"] = entry.program;
  if (entry.undo) line["undo"] = mesh::to_json(*entry.undo);
  if (!entry.existing.empty()) line["existing"] = entry.existing;
  if (entry.unproven) line["unproven"] = true;
  const Json values = values_of(entry);
  if (is_private(entry) && !values.empty()) {
    line["sealed"] = seal(to_text(values));
  } else {
    line["values"] = values;
  }
  return line;
}

Json line_after(const JournalEntry& entry) {
  Json line{{"type", "after"},
            {"number", entry.number},
            {"change", word_of(entry.change)},
            {"uid", entry.uid}};
  if (!entry.adjusted.empty()) line["adjusted"] = entry.adjusted;
  if (!entry.history.empty()) line["history"] = entry.history;
  return line;
}

std::vector<JournalEntry> entries_of(const std::vector<Json>& lines, const std::string& run) {
  const std::optional<Seal> seal = Seal::of(run);
  std::map<int, JournalEntry> entries;
  for (const Json& line : lines) {
    const std::string type = text_at(line, "/type");
    const int number = static_cast<int>(number_in(line, "number", -1));
    if (type == "before") entries[number] = read_entry(line, run, seal);
    if (type == "proven") {
      for (const Json& one : lookup::list(line, "/numbers")) {
        const auto found = one.is_number_integer() ? entries.find(one.get<int>()) : entries.end();
        if (found != entries.end()) found->second.unproven = false;
      }
    }
    const auto found = entries.find(number);
    if (found != entries.end()) amend(found->second, type, line);
  }
  std::vector<JournalEntry> list;
  for (auto& [number, entry] : entries) list.push_back(std::move(entry));
  return list;
}

}  // namespace mesh
