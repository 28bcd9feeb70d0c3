#include "kube/resource.hpp"

#include <algorithm>
#include <array>
#include <utility>

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
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      safe.push_back(c);
    } else {
      safe += {'%', k_digits[byte >> 4U], k_digits[byte & 0xfU]};
    }
  }
  return safe;
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
  if (plural.ends_with('y') && !plural.ends_with("ay") && !plural.ends_with("ey")) {
    plural.pop_back();
    return plural + "ies";
  }
  return plural + "s";
}

std::string resource_path(const ObjectRef& ref) {
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
          .name = ref.name};
}

}  // namespace mesh
