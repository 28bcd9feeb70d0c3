#include "plugin/setting_rows.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "mesh/lookup.hpp"
#include "plugin/secret_settings.hpp"

namespace mesh {

namespace {

/// A member of a schema that somebody else wrote: of another kind, it is as good as none.
Json member(const Json& schema, const char* name, const Json& fallback) {
  const Json found = schema.is_object() ? schema.value(name, fallback) : fallback;
  return found.type() == fallback.type() ? found : fallback;
}

std::string plain(const Json& value) {
  return value.is_string() ? value.get<std::string>() : to_text(value);
}

/// The word for a setting that neither names a choice nor holds others.
std::string word_of(const Json& schema) {
  constexpr std::array<std::pair<std::string_view, const char*>, 4> k_words{
      {{"string", "text"},
       {"integer", "integer"},
       {"number", "number"},
       {"boolean", "true/false"}}};
  const std::string format = lookup::text(schema, "/format");
  if (format == "path" || format == "duration") return format;
  if (format == k_secret_format) return "secret: env:NAME or file:PATH";
  const std::string type = lookup::text(schema, "/type");
  for (const auto& [name, word] : k_words) {
    if (type == name) return word;
  }
  return "any value";
}

std::string type_of(const Json& schema) {
  std::vector<std::string> choices;
  for (const Json& choice : member(schema, "enum", Json::array())) choices.push_back(plain(choice));
  if (!choices.empty()) return "one of " + join(choices, ", ");
  const std::string point = lookup::text(schema, "/x-point");
  if (!point.empty()) return "name of " + point;
  const std::string type = lookup::text(schema, "/type");
  if (type == "array") return "list of " + word_of(member(schema, "items", Json::object()));
  return type == "object" ? "mapping" : word_of(schema);
}

}  // namespace

std::vector<SettingRow> setting_rows(const Json& schema) {
  std::vector<SettingRow> rows;
  const Json required = member(schema, "required", Json::array());
  const Json properties = member(schema, "properties", Json::object());
  for (const auto& [name, setting] : properties.items()) {
    const Json fallback = setting.is_object() ? setting.value("default", Json("")) : Json("");
    rows.push_back(
        {.name = name,
         .type = type_of(setting),
         .fallback = plain(fallback),
         .description = lookup::text(setting, "/description"),
         .required = std::find(required.begin(), required.end(), name) != required.end()});
  }
  return rows;
}

Json to_json(const SettingRow& row) {
  return {{"name", row.name},
          {"type", row.type},
          {"default", row.fallback},
          {"description", row.description},
          {"required", row.required}};
}

std::string to_string(const SettingRow& row) {
  std::string text = row.name + " (" + row.type + (row.required ? ", required" : "");
  if (!row.fallback.empty()) text += ", default " + row.fallback;
  return text + (row.description.empty() ? ")" : "): " + row.description);
}

std::vector<SettingGroup> setting_groups(const Catalogue& catalogue, const Extension& concern) {
  std::vector<SettingGroup> groups{{{}, setting_rows(concern.settings)}};
  const Json properties = member(concern.settings, "properties", Json::object());
  for (const auto& [name, setting] : properties.items()) {
    const std::string point = lookup::text(setting, "/x-point");
    if (point.empty()) continue;
    for (const Extension* strategy : catalogue.of_point(point)) {
      const std::string chosen_by = name + ": " + strategy->name;
      groups.push_back({chosen_by, setting_rows(strategy->settings)});
    }
  }
  std::erase_if(groups, [](const SettingGroup& group) { return group.rows.empty(); });
  return groups;
}

}  // namespace mesh
