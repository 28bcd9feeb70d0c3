#include "kube/narrowed.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "mesh/lookup.hpp"
#include "mesh/selector.hpp"

namespace mesh {

namespace {

std::optional<Labels> equalities(const std::string& selector) {
  Labels wanted;
  if (selector.empty()) return wanted;
  for (const std::string& part : split(selector, ',')) {
    const std::size_t equals = part.find('=');
    const bool plain = equals != std::string::npos && equals > 0 &&
                       part.find_first_of(" !()=", equals + 1) == std::string::npos &&
                       part.find_first_of(" !()") == std::string::npos;
    if (!plain) return std::nullopt;
    wanted[part.substr(0, equals)] = part.substr(equals + 1);
  }
  return wanted;
}

}  // namespace

std::optional<Json> narrowed(const Json& list, const Read& read) {
  const std::optional<Labels> wanted = equalities(read.labels);
  if (!wanted) return std::nullopt;
  Json items = Json::array();
  for (const Json& item : lookup::list(list, "/items")) {
    const std::string& place = read.object.name_space;
    if (!place.empty() && lookup::text(item, "/metadata/namespace") != place) continue;
    const Labels labels = labels_of(lookup::value(item, "/metadata/labels"));
    const bool taken = std::all_of(wanted->begin(), wanted->end(), [&](const auto& pair) {
      const auto found = labels.find(pair.first);
      return found != labels.end() && found->second == pair.second;
    });
    if (taken) items.push_back(item);
  }
  return Json{{"items", std::move(items)}};
}

}  // namespace mesh
