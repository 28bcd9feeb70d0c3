#include "kube/resource.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace mesh {

namespace {

// Kinds whose plural the rule below would get wrong.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> k_irregular{
    {{"Endpoints", "endpoints"},
     {"DNS", "dnses"},
     {"SecurityContextConstraints", "securitycontextconstraints"}}};

std::string encoded(std::string_view text) {
  constexpr std::string_view k_digits = "0123456789ABCDEF";
  std::string safe;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      safe.push_back(c);
    } else {
      safe += {'%', k_digits[byte >> 4U], k_digits[byte & 0xfU]};
    }
  }
  return safe;
}

/// What a path may hold as one step (apimachinery's IsValidPathSegmentName): anything else would
/// lead to another object than the one that was checked.
void require_step(const std::string& text, const char* what) {
  if (text != "." && text != ".." && text.find_first_of("/%") == std::string::npos) return;
  throw Failure("invalid-document", "\"" + text + "\" cannot be the " + what + " of an object");
}

bool is_word(const std::string& text, std::string_view more) {
  return !text.empty() && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  more.find(c) != std::string_view::npos;
         });
}

void require_type(const ObjectRef& ref) {
  const std::vector<std::string> version = split(ref.api_version, '/');
  const bool valid = version.size() <= 2 && is_word(ref.kind, "") &&
                     std::all_of(version.begin(), version.end(),
                                 [](const std::string& part) { return is_word(part, "-."); });
  if (valid) return;
  throw Failure("invalid-document",
                "\"" + ref.api_version + " " + ref.kind + "\" is no apiVersion and kind");
}

std::string group_of(const std::string& api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string::npos ? "" : api_version.substr(0, slash);
}

}  // namespace

std::string url_encoded(std::string_view text) {
  return encoded(text);
}

std::string resource_of(const std::string& kind) {
  for (const auto& [name, plural] : k_irregular) {
    if (name == kind) return std::string(plural);
  }
  std::string plural = kind;
  std::transform(plural.begin(), plural.end(), plural.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (plural.ends_with('s') || plural.ends_with('x') || plural.ends_with("ch") ||
      plural.ends_with("sh"))
    return plural + "es";
  const bool vowel_before =
      plural.size() > 1 &&
      std::string_view("aeou").find(plural[plural.size() - 2]) != std::string::npos;
  if (plural.ends_with('y') && !vowel_before) {
    plural.pop_back();
    return plural + "ies";
  }
  return plural + "s";
}

std::string resource_path(const ObjectRef& ref) {
  require_type(ref);
  require_step(ref.name_space, "namespace");
  require_step(ref.name, "name");
  const bool core = group_of(ref.api_version).empty();
  std::string path = (core ? "/api/" : "/apis/") + ref.api_version;
  if (!ref.name_space.empty()) path += "/namespaces/" + encoded(ref.name_space);
  path += "/" + resource_of(ref.kind);
  if (!ref.name.empty()) path += "/" + encoded(ref.name);
  return path;
}

Right right_for(const std::string& verb, const ObjectRef& ref) {
  return {.verb = verb,
          .group = group_of(ref.api_version),
          .resource = resource_of(ref.kind),
          .name_space = ref.name_space,
          .name = ref.name,
          .subresource = {}};
}

}  // namespace mesh
