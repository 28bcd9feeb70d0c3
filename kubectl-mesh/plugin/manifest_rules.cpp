#include "plugin/manifest_rules.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "mesh/plugin.h"
#include "mesh/problem.hpp"
#include "plugin/reserved_names.hpp"
#include "plugin/secret_settings.hpp"
#include "plugin/section_points.hpp"

namespace mesh {

namespace {

constexpr std::string_view k_digits = "0123456789";
constexpr std::string_view k_name_letters = "abcdefghijklmnopqrstuvwxyz0123456789-";
constexpr std::string_view k_point_letters = "abcdefghijklmnopqrstuvwxyz0123456789.-";
constexpr std::string_view k_tag_letters =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-";
constexpr std::size_t k_name_max = 63;
constexpr std::int64_t k_timeout_max = 86400;

[[noreturn]] void refuse(const std::string& what) {
  throw Failure("invalid-document", what);
}

bool only(std::string_view text, std::string_view letters) {
  return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

/// No leading zero: 01 and 1 would be the same version written twice.
bool is_number(std::string_view text) {
  return only(text, k_digits) && (text.size() == 1 || text.front() != '0');
}

/// "rc.1" behind the - or the + of a version: words parted by dots.
bool are_tags(std::string_view text) {
  const std::vector<std::string> words = split(text, '.');
  return !words.empty() && std::all_of(words.begin(), words.end(), [](const std::string& word) {
    return only(word, k_tag_letters);
  });
}

/// Semantic Versioning 2.0.0.
bool is_version(std::string_view text) {
  const std::size_t plus = text.find('+');
  if (plus != std::string_view::npos && !are_tags(text.substr(plus + 1))) return false;
  text = text.substr(0, plus);
  const std::size_t dash = text.find('-');
  if (dash != std::string_view::npos && !are_tags(text.substr(dash + 1))) return false;
  const std::vector<std::string> numbers = split(text.substr(0, dash), '.');
  return numbers.size() == 3 && std::all_of(numbers.begin(), numbers.end(), is_number);
}

bool is_point(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash != std::string_view::npos && only(text.substr(0, slash), k_point_letters) &&
         is_number(text.substr(slash + 1)) && text.substr(slash + 1) != "0";
}

void require_name(const std::string& name, const std::string& what) {
  if (is_plugin_name(name)) return;
  refuse(what + " \"" + name + "\" is not 1 to 63 of the characters a-z, 0-9 and -");
}

/// Names within one list, none twice.
template <typename Entry>
void require_names(const std::vector<Entry>& entries, const std::string& what) {
  std::set<std::string_view> seen;
  for (const Entry& entry : entries) {
    require_name(entry.name, "the name of a " + what);
    if (!seen.insert(entry.name).second)
      refuse("there are two " + what + "s \"" + entry.name + "\"");
  }
}

/// Names of concerns, installed or not; its own would be a cycle of one.
void check_places(const std::vector<std::string>& places, const std::string& concern,
                  const std::string& what) {
  for (const std::string& place : places) {
    if (what == "after" && place == "*") continue;
    require_name(place, "the lifecycle of " + concern + " has in " + what);
    if (place == concern) refuse("the lifecycle of " + concern + " places it " + what + " itself");
  }
}

void check_verbs(const Extension& extension, const std::string& address) {
  for (const Verb& verb : extension.verbs) {
    require_names(verb.options, "option");
    const std::int64_t seconds = verb.timeout_seconds.value_or(1);
    if (seconds >= 1 && seconds <= k_timeout_max) continue;
    refuse("the timeoutSeconds of " + address + " " + verb.name + " is " + std::to_string(seconds) +
           ", not 1 to " + std::to_string(k_timeout_max));
  }
}

void check_extension(const Extension& extension) {
  if (!is_point(extension.point)) {
    refuse("the extension point \"" + extension.point + "\" is not of the form ca/1");
  }
  const std::string address = extension.point + ":" + extension.name;
  require_name(extension.name, "the name in " + address);
  if (!extension.settings.is_object()) refuse("the settings of " + address + " are no JSON Schema");
  const std::string misuse = secret_misuse(extension.settings);
  if (!misuse.empty()) refuse("the settings of " + address + " " + misuse);
  require_names(extension.verbs, "verb");
  check_places(extension.lifecycle.after, extension.name, "after");
  check_places(extension.lifecycle.before, extension.name, "before");
  check_verbs(extension, address);
  const std::string reserved = reserved_name_in(extension);
  if (!reserved.empty()) refuse(reserved);
}

/// What two describe of one section need not be the same.
void check_sections(const std::vector<Extension>& extensions) {
  std::map<std::string, std::string> described;
  for (const Extension& extension : extensions) {
    if (!has_section(extension.point) || extension.settings.empty()) continue;
    const std::string address = extension.point + ":" + extension.name;
    const auto [first, is_new] = described.try_emplace(extension.name, address);
    if (!is_new)
      refuse(first->second + " and " + address + " both describe the settings of section \"" +
             extension.name + "\"");
  }
}

void check_extensions(const std::vector<Extension>& extensions) {
  if (extensions.empty()) refuse("it provides nothing");
  std::set<std::string> seen;
  for (const Extension& extension : extensions) {
    check_extension(extension);
    const std::string address = extension.point + ":" + extension.name;
    if (!seen.insert(address).second) refuse(address + " is there twice");
  }
  check_sections(extensions);
}

/// An older or newer format is named as such, before any of its fields is judged.
void check_format(const Json& document) {
  if (!document.is_object()) refuse("it is not a JSON object");
  const std::string version = document.contains("apiVersion") && document["apiVersion"].is_string()
                                  ? document["apiVersion"].get<std::string>()
                                  : std::string();
  if (version != k_document_version) {
    refuse("its apiVersion is \"" + version + "\", this kubectl mesh reads \"" +
           k_document_version + "\"");
  }
  const Json::json_pointer major("/abi/major");
  if (!document.contains(major) || document[major] != MESH_ABI_MAJOR) {
    refuse("its ABI is " + (document.contains(major) ? to_text(document[major]) : "missing") +
           ", this kubectl mesh runs ABI " + std::to_string(MESH_ABI_MAJOR));
  }
}

/// The word is reserved, so that an older host says what it lacks.
void check_runtime(const Json& document) {
  const Json runtime = document.value("runtime", Json("library"));
  if (runtime == "library") return;
  if (runtime != "executable") refuse("its runtime is " + to_text(runtime) + ", not \"library\"");
  refuse(
      "it is an executable (runtime: executable), and this kubectl mesh runs libraries only; a "
      "newer one may run it");
}

}  // namespace

bool is_plugin_name(std::string_view text) {
  return text.size() <= k_name_max && only(text, k_name_letters);
}

Manifest read_manifest(std::string_view text) {
  const Json document = parse_json(text, "the manifest");
  check_format(document);
  check_runtime(document);
  Manifest manifest = manifest_from_json(document);
  require_name(manifest.name, "the plugin's name");
  if (!is_version(manifest.version)) {
    refuse("its version \"" + manifest.version + "\" is not a semantic version such as 1.4.0");
  }
  check_extensions(manifest.provides);
  return manifest;
}

}  // namespace mesh
