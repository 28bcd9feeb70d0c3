#include "labels.hpp"

#include <algorithm>

namespace mesh::inject {

std::string text_of(const Labels& labels) {
  std::string text;
  for (const auto& [key, value] : labels) text += (text.empty() ? "" : ",") + key + "=" + value;
  return text.empty() ? "none" : text;
}

Saying saying_of(const Labels& labels) {
  Saying saying;
  const auto injection = labels.find(k_injection);
  const auto revision = labels.find(k_revision);
  const bool any_revision = revision != labels.end() && !revision->second.empty();
  if (injection != labels.end()) {
    saying.kind = injection->second == "enabled" ? Saying::Kind::enabled : Saying::Kind::disabled;
    saying.conflicting = any_revision;
  } else if (any_revision) {
    saying.kind = Saying::Kind::revision;
  }
  if (any_revision) saying.revision = revision->second;
  return saying;
}

Change wanted_change(const Labels& labels, const std::string& revision) {
  const Saying saying = saying_of(labels);
  Change change;
  if (revision.empty()) {
    // A namespace of a revision is injected already.
    if (saying.kind == Saying::Kind::revision || saying.kind == Saying::Kind::enabled)
      return change;
    change.set[k_injection] = "enabled";
    if (saying.conflicting) change.drop.emplace_back(k_revision);
    return change;
  }
  if (labels.contains(k_injection)) change.drop.emplace_back(k_injection);
  if (saying.revision != revision) change.set[k_revision] = revision;
  return change;
}

std::string before_text(const Labels& labels, const Change& change) {
  std::string text;
  const auto add = [&](const std::string& key) {
    const auto found = labels.find(key);
    text += (text.empty() ? "" : ",") + key + (found == labels.end() ? "" : "=" + found->second);
  };
  for (const auto& [key, value] : change.set) add(key);
  for (const std::string& key : change.drop) add(key);
  return text;
}

Change change_back(const Labels& labels, const std::string& before) {
  Change change;
  for (std::size_t from = 0; from < before.size();) {
    const std::size_t to = std::min(before.find(',', from), before.size());
    const std::string part = before.substr(from, to - from);
    const std::size_t equals = part.find('=');
    const std::string key = part.substr(0, equals);
    if (equals != std::string::npos) {
      change.set[key] = part.substr(equals + 1);
    } else if (labels.contains(key)) {
      change.drop.push_back(key);
    }
    from = to + 1;
  }
  return change;
}

bool is_empty(const Change& change) {
  return change.set.empty() && change.drop.empty();
}

Labels changed(Labels labels, const Change& change) {
  for (const auto& [key, value] : change.set) labels[key] = value;
  for (const std::string& key : change.drop) labels.erase(key);
  return labels;
}

}  // namespace mesh::inject
