#include "plan/undo_order.hpp"

#include <algorithm>
#include <tuple>

#include "plan/field_edits.hpp"

namespace mesh {

namespace {

bool writes_object(const JournalEntry& entry) {
  return !entry.ref.name.empty() && entry.type != ActionType::restart;
}

/// Two writes of a run to one object as one, where they can be: how it was before the first and how
/// the last left it.
bool merge_into(JournalEntry& first, const JournalEntry& second) {
  if (first.type == ActionType::apply && second.type == ActionType::apply) {
    JournalEntry both = second;
    both.before = first.before;
    both.change = first.change;
    both.readable = first.readable && second.readable;
    first = std::move(both);
    return true;
  }
  if (first.type == ActionType::apply && first.change == Change::create &&
      second.type == ActionType::remove) {
    first.change = Change::leave;
    return true;
  }
  if (first.type == ActionType::edit && second.type == ActionType::edit) {
    std::vector<FieldChange> fields = first.fields;
    for (const FieldChange& field : second.fields) {
      const auto same = std::find_if(fields.begin(), fields.end(), [&](const FieldChange& other) {
        return other.pointer == field.pointer;
      });
      if (same == fields.end()) {
        fields.push_back(field);
      } else {
        same->after = field.after;
      }
    }
    JournalEntry both = second;
    both.fields = std::move(fields);
    both.readable = first.readable && second.readable;
    first = std::move(both);
    return true;
  }
  if (first.type == ActionType::edit && second.type == ActionType::remove) {
    JournalEntry both = second;
    both.before = revert_fields(first.fields, second.before).object;
    first = std::move(both);
    return true;
  }
  return false;
}

}  // namespace

std::vector<JournalEntry> newest_first(const std::vector<JournalEntry>& entries) {
  std::vector<JournalEntry> merged;
  for (const JournalEntry& entry : entries) {
    if (entry.change == Change::leave || entry.undone) continue;
    const auto same = std::find_if(merged.rbegin(), merged.rend(), [&](const JournalEntry& other) {
      return writes_object(entry) && writes_object(other) && other.cluster == entry.cluster &&
             other.ref == entry.ref;
    });
    if (same == merged.rend() || !merge_into(*same, entry)) merged.push_back(entry);
  }
  std::erase_if(merged, [](const JournalEntry& entry) { return entry.change == Change::leave; });
  std::stable_sort(merged.begin(), merged.end(), [](const JournalEntry& a, const JournalEntry& b) {
    return std::tie(b.round, b.phase, b.number) < std::tie(a.round, a.phase, a.number);
  });
  return merged;
}

}  // namespace mesh
