#include "labels.hpp"

#include <algorithm>
#include <map>

namespace mesh::inject {

namespace {

/// What our annotation says: each label that was changed, and its value before, if it had one.
std::map<std::string, std::optional<std::string>> labels_before(const std::string& text) {
  std::map<std::string, std::optional<std::string>> labels;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = std::min(text.find(',', from), text.size());
    const std::string part = text.substr(from, to - from);
    const std::size_t equals = part.find('=');
    std::optional<std::string>& value = labels[part.substr(0, equals)];
    if (equals != std::string::npos) value = part.substr(equals + 1);
    from = to + 1;
  }
  return labels;
}

}  // namespace

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

std::string before_text(const Labels& labels, const Change& change, const std::string& earlier) {
  const auto known = labels_before(earlier);
  std::string text = earlier;
  const auto add = [&](const std::string& key) {
    if (known.contains(key)) return;
    const auto found = labels.find(key);
    text += (text.empty() ? "" : ",") + key + (found == labels.end() ? "" : "=" + found->second);
  };
  for (const auto& [key, value] : change.set) add(key);
  for (const std::string& key : change.drop) add(key);
  return text;
}

Change change_back(const Labels& labels, const std::string& before) {
  Change change;
  for (const auto& [key, value] : labels_before(before)) {
    if (value) {
      change.set[key] = *value;
    } else if (labels.contains(key)) {
      change.drop.push_back(key);
    }
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
