#include "plan/lost_writes.hpp"

#include <algorithm>
#include <set>

#include "plan/conflicts.hpp"
#include "plan/object.hpp"

namespace mesh {

namespace {

std::vector<FieldChange> lost_fields(const JournalEntry& entry, const Json& live) {
  std::vector<FieldChange> lost;
  const auto add = [&](const std::string& pointer, const Json& wrote) {
    const Json& found = find_at(live, pointer);
    if (found != wrote) lost.push_back({pointer, wrote, found});
  };
  for (const FieldChange& field : entry.fields) add(field.pointer, field.after);
  if (entry.type != ActionType::apply) return lost;
  for (const FieldChange& field : compare(entry.wanted, live)) {
    const bool adjusted = std::find(entry.adjusted.begin(), entry.adjusted.end(), field.pointer) !=
                          entry.adjusted.end();
    if (!adjusted) add(field.pointer, find_at(entry.wanted, field.pointer));
  }
  return lost;
}

std::optional<Problem> loss_of(const JournalEntry& entry, const ReadResult& read) {
  if (read.problem) return std::nullopt;
  if (!read.found || metadata_text(read.object, "uid") != entry.uid) {
    return refusal(entry, "was deleted by somebody right after this run had written it",
                   "find out who deletes it, then run the same command again");
  }
  const std::vector<FieldChange> lost = lost_fields(entry, read.object);
  if (lost.empty()) return std::nullopt;
  Problem problem = changed_since(entry, lost.front(), read.object);
  problem.hint = "find out who changes it, then run the same command again";
  return problem;
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
    fleet.forget(entries[at]->cluster, entries[at]->ref);
    reads.push_back(
        {.cluster = entries[at]->cluster, .object = entries[at]->ref, .labels = {}, .next = {}});
  }
  const std::vector<ReadResult> results = fleet.read(reads);
  std::vector<std::optional<Problem>> losses(entries.size());
  for (std::size_t index = 0; index < places.size(); ++index)
    losses[places[index]] = loss_of(*entries[places[index]], results[index]);
  return losses;
}

}  // namespace mesh
