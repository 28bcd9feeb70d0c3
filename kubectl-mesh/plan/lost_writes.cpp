#include "plan/lost_writes.hpp"

#include <algorithm>
#include <set>

#include "plan/conflicts.hpp"
#include "plan/managed_fields.hpp"
#include "plan/object.hpp"
#include "plan/step_tools.hpp"

namespace mesh {

namespace {

/// Nobody completes what is in them, as istiod does with its webhooks and an autoscaler with a
/// Deployment.
bool holds_data(const ObjectRef& ref) {
  return ref.api_version == "v1" && (ref.kind == "Secret" || ref.kind == "ConfigMap");
}

/// A controller may set a field to a value of its own. One that has the value of before again was
/// reverted, and one that nobody else claims was changed under our name.
bool is_lost(const JournalEntry& entry, const FieldChange& field, const Json& live) {
  const Json& found = find_at(live, field.pointer);
  if (found == field.after) return false;
  return holds_data(entry.ref) || found == field.before || !other_manager(live, field.pointer);
}

/// What the write changed, as `undo` knows it.
std::vector<FieldChange> written_fields(const JournalEntry& entry, const Json& live) {
  if (entry.type == ActionType::edit) return entry.fields;
  std::vector<FieldChange> fields;
  for (const FieldChange& field : compare(entry.wanted, live)) {
    const bool adjusted = std::find(entry.adjusted.begin(), entry.adjusted.end(), field.pointer) !=
                          entry.adjusted.end();
    if (adjusted) continue;
    fields.push_back({field.pointer, find_at(entry.before, field.pointer),
                      find_at(entry.wanted, field.pointer)});
  }
  return fields;
}

std::optional<Problem> loss_of(const JournalEntry& entry, const ReadResult& read) {
  if (read.problem) return std::nullopt;
  if (!read.found || metadata_text(read.object, "uid") != entry.uid) {
    return refusal(entry, "was deleted by somebody right after this run had written it",
                   "find out who deletes it, then run the same command again");
  }
  for (const FieldChange& field : written_fields(entry, read.object)) {
    if (!is_lost(entry, field, read.object)) continue;
    const FieldChange change{field.pointer, field.after, find_at(read.object, field.pointer)};
    Problem problem = changed_since(entry, change, read.object);
    problem.hint = "find out who changes it, then run the same command again";
    return problem;
  }
  return std::nullopt;
}

/// The writes that are to be seen at the end, by their place among all.
std::vector<std::size_t> last_writes(const std::vector<const JournalEntry*>& entries) {
  std::set<std::string> seen;
  std::set<std::string> programs;  ///< clusters in which one ran later
  std::vector<std::size_t> places;
  for (std::size_t at = entries.size(); at-- > 0;) {
    const JournalEntry& entry = *entries[at];
    if (entry.type == ActionType::run) programs.insert(entry.cluster);
    const bool about_object =
        entry.done && entry.change != Change::leave && !entry.ref.name.empty();
    if (!about_object || programs.contains(entry.cluster) || !seen.insert(name_of(entry)).second)
      continue;
    if (entry.type == ActionType::apply || entry.type == ActionType::edit) places.push_back(at);
  }
  return places;
}

}  // namespace

std::vector<std::optional<Problem>> lost_writes(const std::vector<const JournalEntry*>& entries,
                                                Fleet& fleet) {
  const std::vector<std::size_t> places = last_writes(entries);
  std::vector<Read> reads;
  for (const std::size_t at : places) {
    reads.push_back(
        {.cluster = entries[at]->cluster, .object = entries[at]->ref, .labels = {}, .next = {}});
  }
  const std::vector<ReadResult> results = read_now(reads, fleet);
  std::vector<std::optional<Problem>> losses(entries.size());
  for (std::size_t index = 0; index < places.size(); ++index)
    losses[places[index]] = loss_of(*entries[places[index]], results[index]);
  return losses;
}

}  // namespace mesh
