#include "plan/conflicts.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "plan/field_edits.hpp"
#include "plan/managed_fields.hpp"
#include "plan/object.hpp"

namespace mesh {

namespace {

/// A value as a message has it: of a Secret its fingerprint, of a long text its beginning.
std::string shown(const Json& value, bool secret) {
  constexpr std::size_t k_most = 80;
  if (value.is_null()) return "nothing";
  std::string text = to_text(value);
  if (secret) return fingerprint(text);
  return text.size() <= k_most ? text : text.substr(0, k_most) + "...";
}

/// "/data/key" as a conflict report of Kubernetes has it: ".data.key".
std::string field_path(const std::string& pointer) {
  return "." + join(steps_of(pointer), ".");
}

}  // namespace

std::string name_of(const JournalEntry& entry) {
  return (entry.cluster.empty() ? "" : entry.cluster + ": ") + to_string(entry.ref);
}

Problem refusal(const JournalEntry& entry, const std::string& what, const std::string& hint) {
  Problem problem;
  problem.code = "refused";
  problem.message = name_of(entry) + " " + what;
  problem.hint = hint;
  problem.cluster = entry.cluster;
  if (!entry.ref.name.empty()) problem.object = to_string(entry.ref);
  return problem;
}

Problem changed_since(const JournalEntry& entry, const FieldChange& field, const Json& live) {
  const std::optional<FieldManager> manager = other_manager(live, field.pointer);
  const std::string who = manager                 ? "\"" + manager->name + "\" at " + manager->time
                          : field.after.is_null() ? std::string("a manager that removed it")
                                                  : "a later run of kubectl mesh";
  const bool secret = is_secret(live);
  const std::string path = field_path(field.pointer);
  const bool same = field.before == field.after;
  return refusal(entry,
                 same ? path + ": is also managed by " + who
                      : path + ": was changed by " + who + ": the run wrote " +
                            shown(field.before, secret) + ", found " + shown(field.after, secret),
                 "decide which value is right; change or delete the object by hand");
}

std::vector<FieldChange> changed_fields(const JournalEntry& entry, const Json& live) {
  std::vector<FieldChange> changed;
  for (const FieldChange& field : compare(entry.wanted, live)) {
    const bool adjusted = std::find(entry.adjusted.begin(), entry.adjusted.end(), field.pointer) !=
                          entry.adjusted.end();
    if (adjusted && !later_manager(live, field.pointer)) continue;
    // compare() shows fingerprints of a Secret's values.
    const bool secret = is_secret(live);
    const Json found = secret ? find_at(live, field.pointer) : field.before;
    const Json wrote = secret ? find_at(entry.wanted, field.pointer) : field.after;
    if (!entry.before.is_null() && found == find_at(entry.before, field.pointer)) continue;
    for (FieldChange& leaf : leaves_of({field.pointer, wrote, found})) {
      changed.push_back(std::move(leaf));
    }
  }
  return changed;
}

std::vector<FieldChange> shared_fields(const JournalEntry& entry, const Json& live) {
  const Json before = entry.before.is_null() ? Json::object() : entry.before;
  std::vector<FieldChange> shared;
  for (const FieldChange& field : edited_fields(before, entry.wanted)) {
    const bool leaf = !field.after.is_null() && !field.after.is_array() &&
                      !field.pointer.starts_with("/metadata/name");
    if (leaf && later_manager(live, field.pointer)) {
      shared.push_back({field.pointer, field.after, field.after});
    }
  }
  return shared;
}

}  // namespace mesh
