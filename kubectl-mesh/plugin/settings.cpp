#include "plugin/settings.hpp"

#include <charconv>
#include <functional>
#include <optional>

#include "base/paths.hpp"
#include "base/schema.hpp"
#include "base/text.hpp"
#include "mesh/problem.hpp"
#include "mesh/time.hpp"
#include "plugin/secret_settings.hpp"
#include "plugin/setting_formats.hpp"

namespace mesh {

namespace {

template <typename Number>
std::optional<Json> number_in(const std::string& text) {
  Number number{};
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc() || end != last) return std::nullopt;
  return Json(number);
}

/// --set brings texts only; a text that does not read as its type is left for the schema to refuse.
Json typed(const Json& value, const std::string& type) {
  if (!value.is_string()) return value;
  const std::string text = value.get<std::string>();
  if (type == "integer") return number_in<std::int64_t>(text).value_or(value);
  if (type == "number") return number_in<double>(text).value_or(value);
  if (type == "boolean" && (text == "true" || text == "false")) return Json(text == "true");
  if (type == "array") return Json(split(text, ','));
  return value;
}

/// "type" or "format" of one setting.
std::string said_of(const Json& schema, const std::string& name, const char* keyword) {
  const Json::json_pointer pointer = Json::json_pointer() / "properties" / name / keyword;
  if (!schema.contains(pointer) || !schema[pointer].is_string()) return {};
  return schema[pointer].get<std::string>();
}

/// Visits each file that the schema names in a value.
template <typename Value>
void each_path(const Json& schema, Value& value, const std::function<void(Value&)>& use) {
  each_of_format<Value>(schema, value, "path", [&](const std::string&, Value& path) {
    if (!path.is_string()) return;
    const std::string& text = path.template get_ref<const std::string&>();
    if (!text.empty() && text.find("://") == std::string::npos) use(path);
  });
}

/// A misspelt setting is the commonest mistake and deserves a better sentence than a validator's.
void refuse_unknown(const Json& schema, const Json& settings, const std::string& who) {
  const Json properties = schema.value("properties", Json::object());
  if (schema.value("additionalProperties", Json(true)) != false || !properties.is_object()) return;
  std::vector<std::string> known;
  for (const auto& entry : properties.items()) known.push_back(entry.key());
  for (const auto& entry : settings.items()) {
    if (properties.contains(entry.key())) continue;
    const std::string near = nearest(entry.key(), known);
    throw Failure("invalid-input", who + " has no setting \"" + entry.key() + "\"",
                  near.empty() ? "it has: " + join(known, ", ") : "did you mean " + near + "?");
  }
}

/// The deepest of the messages is the one about the value itself.
std::string first_error(const std::vector<SchemaError>& errors) {
  std::string told;
  for (const SchemaError& error : errors) {
    std::string place = error.path.size() > 1 ? error.path[1] + ": " : "";
    std::erase_if(place, [](char c) { return c == '[' || c == ']' || c == '"'; });
    told = place + error.message;
    if (error.path.size() > 1) break;
  }
  return told;
}

void refuse_misfit(const Json& schema, const Json& settings, const std::string& who) {
  std::vector<SchemaError> errors;
  try {
    errors = schema_errors(schema, settings);
  } catch (const std::exception& error) {
    throw Failure(
        "plugin-fault",
        who + " describes its settings with a schema that cannot be read: " + error.what(),
        "report it to the plugin's author");
  }
  if (errors.empty()) return;
  throw Failure("invalid-input", "the settings of " + who + " do not fit: " + first_error(errors),
                "correct them in mesh.yaml or with --set");
}

/// "format": "duration", which JSON Schema leaves to who reads the settings.
void refuse_other_durations(const Json& schema, const Json& settings, const std::string& who) {
  for (const auto& entry : settings.items()) {
    const Json& value = entry.value();
    if (said_of(schema, entry.key(), "format") != "duration" || !value.is_string()) continue;
    if (read_duration(value.get_ref<const std::string&>())) continue;
    throw Failure(
        "invalid-input",
        "the setting \"" + entry.key() + "\" of " + who + " is not a duration: " + to_text(value),
        "write a number and a unit: 90m, 36h, 30d or 10y");
  }
}

/// Texts of `--set` become what the schema says that they are.
void type_all(const Json& schema, Json& settings) {
  for (const auto& entry : settings.items()) {
    entry.value() = typed(entry.value(), said_of(schema, entry.key(), "type"));
  }
}

}  // namespace

Json with_absolute_paths(const Json& schema, Json settings, const std::filesystem::path& folder) {
  if (!settings.is_object()) return settings;
  type_all(schema, settings);
  each_path<Json>(schema, settings, [&](Json& path) {
    path = from_folder(folder, path.get<std::string>()).string();
  });
  place_secret_files(schema, settings, folder);
  return settings;
}

Json with_settings(const Extension& extension, const Json& request) {
  const Json& schema = extension.settings;
  if (!schema.is_object() || schema.empty()) return request;
  if (!request.is_object() || !request.contains("settings")) return request;
  if (!request["settings"].is_object()) return request;
  Json fitted = request;
  Json& settings = fitted["settings"];
  const std::string who = extension.point + ":" + extension.name;
  type_all(schema, settings);
  // Before the schema, whose words of what does not fit could have the value.
  require_secret_references(schema, settings, who);
  refuse_unknown(schema, settings, who);
  refuse_misfit(schema, settings, who);
  refuse_other_durations(schema, settings, who);
  resolve_secrets(schema, settings, who);
  return fitted;
}

std::vector<std::string> files_named(const Extension& extension, const Json& request) {
  std::vector<std::string> files;
  const Json settings = request.is_object() ? request.value("settings", Json()) : Json();
  each_path<const Json>(extension.settings, settings,
                        [&](const Json& path) { files.push_back(path.get<std::string>()); });
  return files;
}

}  // namespace mesh
