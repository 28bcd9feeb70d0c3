#include "mesh/selector.hpp"

#include <algorithm>

#include "mesh/lookup.hpp"

namespace mesh {

namespace {

bool holds(const Json& values, const std::string& value) {
  return std::any_of(values.begin(), values.end(), [&](const Json& one) { return one == value; });
}

bool meets(const Json& expression, const Labels& labels) {
  const auto found = labels.find(lookup::text(expression, "/key"));
  const bool there = found != labels.end();
  const Json& values = lookup::list(expression, "/values");
  const std::string how = lookup::text(expression, "/operator");
  if (how == "In") return there && holds(values, found->second);
  if (how == "NotIn") return !there || !holds(values, found->second);
  if (how == "Exists") return there;
  return how == "DoesNotExist" && !there;
}

}  // namespace

Labels labels_of(const Json& map) {
  Labels labels;
  if (!map.is_object()) return labels;
  for (const auto& [key, value] : map.items()) {
    if (value.is_string()) labels[key] = value.get<std::string>();
  }
  return labels;
}

bool selects(const Json& selector, const Labels& labels) {
  for (const auto& [key, value] : labels_of(lookup::value(selector, "/matchLabels"))) {
    const auto found = labels.find(key);
    if (found == labels.end() || found->second != value) return false;
  }
  const Json& expressions = lookup::list(selector, "/matchExpressions");
  return std::all_of(expressions.begin(), expressions.end(),
                     [&](const Json& expression) { return meets(expression, labels); });
}

}  // namespace mesh
