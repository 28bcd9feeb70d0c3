#include "plugin/secret_settings.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/secret_values.hpp"
#include "base/text.hpp"
#include "mesh/lookup.hpp"
#include "mesh/problem.hpp"
#include "plugin/section_points.hpp"
#include "plugin/setting_formats.hpp"

namespace mesh {

namespace {

constexpr std::string_view k_env = "env:";
constexpr std::string_view k_file = "file:";
// A shorter value would be masked in words that only contain it; GitLab masks from 8 on, too.
constexpr std::size_t k_value_min = 8;
constexpr std::size_t k_value_max = 4096;
// What else a schema may say of a secret: a default or a list of values would hold it.
constexpr std::array<std::string_view, 4> k_keywords{"description", "format", "title", "type"};

std::string place_of(const std::string& name, const std::string& who) {
  return "the setting \"" + name + "\" of " + who;
}

std::string rest_of(const std::string& reference, std::string_view prefix) {
  return reference.substr(prefix.size());
}

std::string of_environment(const std::string& name, const std::string& place) {
  const char* value = ::secure_getenv(name.c_str());
  if (value != nullptr) return value;
  throw Failure("invalid-input", place + ": the environment variable " + name + " is not set",
                "export " + name + ", or " + k_secret_remedy);
}

std::string of_file(const std::string& path, const std::string& place) {
  try {
    if (auto value = read_private_file(path, k_value_max + 2)) return std::move(*value);
  } catch (const Failure& failure) {
    const Problem& problem = failure.problem();
    throw Failure("invalid-input", place + ": " + problem.message, problem.hint);
  }
  throw Failure("invalid-input", place + ": file " + path + " not found", k_secret_remedy);
}

void require_maskable(const std::string& value, const std::string& place) {
  const bool sized = value.size() >= k_value_min && value.size() <= k_value_max;
  // What is escaped or broken into lines before it is printed would not be found.
  if (sized && escape_terminal(value) == value) return;
  throw Failure("invalid-input",
                place + " cannot be masked: its value is not one printable line of " +
                    std::to_string(k_value_min) + " to " + std::to_string(k_value_max) + " bytes",
                "use a longer secret; a key or another file is a setting with \"format\": "
                "\"path\" of the plugin");
}

std::string resolved(const std::string& reference, const std::string& place) {
  if (const auto known = kept_secret_value(reference)) return *known;
  std::string value = reference.starts_with(k_env)
                          ? of_environment(rest_of(reference, k_env), place)
                          : of_file(rest_of(reference, k_file), place);
  for (const char end : {'\n', '\r'}) {
    if (value.ends_with(end)) value.pop_back();
  }
  require_maskable(value, place);
  keep_secret_value(reference, value);
  return value;
}

bool is_resolved(const Json& value) {
  return value.is_string() && is_kept_secret_value(value.get_ref<const std::string&>());
}

bool is_secret(const Json& schema) {
  return schema.is_object() && schema.value("format", Json()) == k_secret_format;
}

/// All secrets of a schema, wherever they are.
std::size_t secrets_in(const Json& schema) {
  std::size_t count = is_secret(schema) ? 1 : 0;
  for (const Json& entry : schema.is_structured() ? schema : Json::array())
    count += secrets_in(entry);
  return count;
}

/// The secrets that `each_of_format` finds.
std::vector<Json> found_in(const Json& schema) {
  if (!schema.is_object()) return {};
  if (is_secret(schema)) return {schema};
  Json parts = Json::array();
  if (const Json& properties = lookup::value(schema, "/properties"); properties.is_object()) {
    for (const Json& property : properties) parts.push_back(property);
  }
  for (const char* of_all : {"/items", "/additionalProperties"})
    parts.push_back(lookup::value(schema, of_all));
  std::vector<Json> found;
  for (const Json& part : parts) {
    for (Json& secret : found_in(part)) found.push_back(std::move(secret));
  }
  return found;
}

}  // namespace

bool is_secret_reference(const Json& value) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  if (text.starts_with(k_file)) return text.size() > k_file.size();
  const bool variable = text.starts_with(k_env) && text.size() > k_env.size();
  return variable && std::all_of(text.begin() + k_env.size(), text.end(), [](char letter) {
           return letter == '_' || std::isalnum(static_cast<unsigned char>(letter)) != 0;
         });
}

std::string secret_misuse(const Json& schema) {
  const std::vector<Json> found = found_in(schema);
  if (found.size() != secrets_in(schema)) {
    return "have \"format\": \"secret\" outside of properties, items and additionalProperties, "
           "where the host does not resolve it";
  }
  for (const Json& secret : found) {
    if (secret.value("type", Json()) != "string")
      return "have a secret without \"type\": \"string\"";
    for (const auto& entry : secret.items()) {
      const std::string& key = entry.key();
      if (std::find(k_keywords.begin(), k_keywords.end(), key) == k_keywords.end())
        return "have a secret with \"" + key + "\"; the host checks a reference, not the value";
    }
  }
  return {};
}

void require_secret_references(const Json& schema, const Json& settings, const std::string& who) {
  each_of_format<const Json>(
      schema, settings, k_secret_format, [&](const std::string& name, const Json& value) {
        if (is_secret_reference(value) || is_resolved(value)) return;
        throw Failure("invalid-input", place_of(name, who) + " is a secret and takes no value",
                      k_secret_remedy);
      });
}

void place_secret_files(const Json& schema, Json& settings, const std::filesystem::path& folder) {
  each_of_format<Json>(schema, settings, k_secret_format, [&](const std::string&, Json& value) {
    if (!is_secret_reference(value)) return;
    const std::string reference = value.get<std::string>();
    if (!reference.starts_with(k_file)) return;
    value = std::string(k_file) + from_folder(folder, rest_of(reference, k_file)).string();
  });
}

void resolve_secrets(const Json& schema, Json& settings, const std::string& who) {
  each_of_format<Json>(schema, settings, k_secret_format,
                       [&](const std::string& name, Json& value) {
                         if (is_resolved(value)) return;
                         value = resolved(value.get<std::string>(), place_of(name, who));
                       });
}

void resolve_shared_secrets(const Manifest& manifest, const Extension& extension, Json& request) {
  if (!has_section(extension.point) || !request.is_object() || !request.contains("settings"))
    return;
  const std::string section = section_of(manifest, extension);
  for (const Extension& other : manifest.provides) {
    if (!has_section(other.point) || section_of(manifest, other) != section) continue;
    const std::string who = other.point + ":" + other.name;
    require_secret_references(other.settings, request["settings"], who);
    resolve_secrets(other.settings, request["settings"], who);
  }
}

void SecretReferences::add(const Json& value) {
  if (is_secret_reference(value)) m_references.insert(value.get<std::string>());
  for (const Json& entry : value.is_structured() ? value : Json::array()) add(entry);
}

void SecretReferences::require(const Extension& extension, const Json& request, bool for_it) const {
  const std::string who = extension.point + ":" + extension.name;
  each_of_format<const Json>(
      extension.settings, lookup::value(request, "/settings"), k_secret_format,
      [&](const std::string& name, const Json& value) {
        if (!is_secret_reference(value)) return;
        if (for_it && m_references.contains(value.get<std::string>())) return;
        throw Failure("refused",
                      place_of(name, who) +
                          " is a reference to a secret that the operator did not write for it",
                      "a plugin passes references on to a strategy that the operator chose only");
      });
}

}  // namespace mesh
