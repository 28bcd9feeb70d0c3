#include "plan/field_edits.hpp"

#include <algorithm>

#include "plan/merge_rules.hpp"
#include "plan/object.hpp"

namespace mesh {

namespace {

using Lines = std::vector<std::string>;

/// Each with its line feed; the last one may lack it.
Lines lines_of(const std::string& text) {
  Lines lines;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t feed = text.find('\n', from);
    const std::size_t to = feed == std::string::npos ? text.size() : feed + 1;
    lines.push_back(text.substr(from, to - from));
    from = to;
  }
  return lines;
}

Lines slice(const Lines& lines, std::size_t from, std::size_t to) {
  return {lines.begin() + static_cast<std::ptrdiff_t>(from),
          lines.begin() + static_cast<std::ptrdiff_t>(to)};
}

std::string text_of(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

/// The one place in `live` where `written` stands between the neighbors it was written between. Of
/// no lines at all only the neighbors can tell the place; else one neighbor may have changed.
std::optional<std::size_t> place_of(const Lines& written, const std::string* above,
                                    const std::string* below, const Lines& live) {
  std::optional<std::size_t> place;
  for (std::size_t at = 0; at + written.size() <= live.size(); ++at) {
    if (!std::equal(written.begin(), written.end(),
                    live.begin() + static_cast<std::ptrdiff_t>(at))) {
      continue;
    }
    const std::size_t end = at + written.size();
    const bool fits_above = at == 0 ? above == nullptr : above != nullptr && live[at - 1] == *above;
    const bool fits_below =
        end == live.size() ? below == nullptr : below != nullptr && live[end] == *below;
    if (written.empty() && !(fits_above && fits_below)) continue;
    if (place) return std::nullopt;
    place = at;
  }
  return place;
}

void leaves(const Json& before, const Json& after, const std::string& pointer,
            std::vector<FieldChange>& changes) {
  if (before == after) return;
  const bool maps =
      (before.is_object() || before.is_null()) && (after.is_object() || after.is_null());
  if (!maps || (before.is_object() && before.empty() && after.is_null()) ||
      (after.is_object() && after.empty() && before.is_null())) {
    changes.push_back({pointer, before, after});
    return;
  }
  const auto below = [](const Json& map, const std::string& key) {
    return map.is_object() && map.contains(key) ? map[key] : Json();
  };
  for (const auto& [key, value] : before.items()) {
    leaves(value, below(after, key), pointer + "/" + pointer_step(key), changes);
  }
  for (const auto& [key, value] : after.items()) {
    if (before.is_object() && before.contains(key)) continue;
    leaves(Json(), value, pointer + "/" + pointer_step(key), changes);
  }
}

/// Removes the value and the maps around it that Kubernetes does not store when they are empty.
void erase_at(Json& object, const std::string& pointer) {
  const Json::json_pointer place(pointer);
  if (!object.contains(place)) return;
  const Json::json_pointer parent = place.parent_pointer();
  Json& around = object[parent];
  if (!around.is_object()) return;
  around.erase(place.back());
  if (!parent.empty() && around.empty() && may_vanish(parent.back(), around)) {
    erase_at(object, parent.to_string());
  }
}

void put_at(Json& object, const std::string& pointer, const Json& value) {
  if (value.is_null()) {
    erase_at(object, pointer);
  } else {
    object[Json::json_pointer(pointer)] = value;
  }
}

}  // namespace

std::vector<FieldChange> leaves_of(const FieldChange& field) {
  std::vector<FieldChange> changes;
  leaves(field.before, field.after, field.pointer, changes);
  return changes;
}

std::vector<FieldChange> edited_fields(const Json& before, const Json& after) {
  std::vector<FieldChange> changes;
  leaves(without_volatile(before), without_volatile(after), "", changes);
  return changes;
}

Reverted revert_fields(const std::vector<FieldChange>& edit, const Json& live) {
  Reverted reverted{live, {}};
  for (const FieldChange& field : edit) {
    const Json found = find_at(live, field.pointer);
    if (found == field.before) continue;
    if (found == field.after) {
      put_at(reverted.object, field.pointer, field.before);
      continue;
    }
    const bool texts = found.is_string() && field.before.is_string() && field.after.is_string();
    const auto merged = texts ? revert_lines(field.before, field.after, found) : std::nullopt;
    if (merged) {
      put_at(reverted.object, field.pointer, *merged);
    } else {
      reverted.conflicting.push_back({field.pointer, field.after, found});
    }
  }
  return reverted;
}

std::optional<std::string> revert_lines(const std::string& before, const std::string& after,
                                        const std::string& live) {
  const Lines old_lines = lines_of(before);
  const Lines new_lines = lines_of(after);
  const Lines live_lines = lines_of(live);
  const std::size_t shorter = std::min(old_lines.size(), new_lines.size());
  std::size_t head = 0;
  while (head < shorter && old_lines[head] == new_lines[head]) ++head;
  std::size_t tail = 0;
  while (tail < shorter - head &&
         old_lines[old_lines.size() - 1 - tail] == new_lines[new_lines.size() - 1 - tail]) {
    ++tail;
  }
  const Lines written = slice(new_lines, head, new_lines.size() - tail);
  const std::string* above = head == 0 ? nullptr : &new_lines[head - 1];
  const std::string* below = tail == 0 ? nullptr : &new_lines[new_lines.size() - tail];
  const auto place = place_of(written, above, below, live_lines);
  if (!place) return std::nullopt;
  return text_of(slice(live_lines, 0, *place)) +
         text_of(slice(old_lines, head, old_lines.size() - tail)) +
         text_of(slice(live_lines, *place + written.size(), live_lines.size()));
}

}  // namespace mesh
