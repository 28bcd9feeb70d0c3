#include "kube/narrowed.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"
#include "mesh/lookup.hpp"
#include "mesh/selector.hpp"

namespace mesh {

namespace {

/// KEY or KEY=VALUE.
struct Requirement {
  std::string key;
  std::optional<std::string> value;  ///< nullopt: any
};

std::optional<std::vector<Requirement>> requirements(const std::string& selector) {
  std::vector<Requirement> wanted;
  if (selector.empty()) return wanted;
  for (const std::string& part : split(selector, ',')) {
    const std::size_t equals = part.find('=');
    const bool plain = equals != 0 && !part.empty() &&
                       part.find_first_of(" !()") == std::string::npos && part.rfind('=') == equals;
    if (!plain) return std::nullopt;
    wanted.push_back({part.substr(0, equals), {}});
    if (equals != std::string::npos) wanted.back().value = part.substr(equals + 1);
  }
  return wanted;
}

}  // namespace

std::optional<Json> narrowed(const Json& list, const Read& read) {
  const auto wanted = requirements(read.labels);
  if (!wanted) return std::nullopt;
  Json items = Json::array();
  for (const Json& item : lookup::list(list, "/items")) {
    const std::string& place = read.object.name_space;
    if (!place.empty() && lookup::text(item, "/metadata/namespace") != place) continue;
    const Labels labels = labels_of(lookup::value(item, "/metadata/labels"));
    const bool taken = std::all_of(wanted->begin(), wanted->end(), [&](const Requirement& one) {
      const auto found = labels.find(one.key);
      return found != labels.end() && (!one.value || found->second == *one.value);
    });
    if (taken) items.push_back(item);
  }
  return Json{{"items", std::move(items)}};
}

}  // namespace mesh
