#include "plan/record.hpp"

#include "base/files.hpp"
#include "plan/field_edits.hpp"
#include "plan/managed_fields.hpp"
#include "plan/object.hpp"
#include "plan/selection.hpp"
#include "plan/store.hpp"

namespace mesh {

namespace {

void record_apply(JournalEntry& entry, const Step& step) {
  entry.wanted = step.action.object;
  if (step.change != Change::create) entry.before = last_applied(step.live);
}

void record_edit(JournalEntry& entry, const Step& step) {
  entry.fields = edited_fields(step.live, step.live.patch(step.action.patch));
}

void record_store(JournalEntry& entry, const Step& step) {
  const std::filesystem::path path = store_path(step.action.file);
  entry.file = path.string();
  entry.wanted = step.action.file.data;
  if (const auto text = read_private_file(path)) entry.before = *text;
}

void record_program(JournalEntry& entry, const Step& step, Fleet& fleet) {
  entry.program = step.action.program;
  entry.undo = step.action.undo;
  if (!entry.undo) return;
  for (const ObjectRef& ref : entry.undo->restores) {
    const ReadResult read = fleet.snapshot(entry.cluster, ref);
    if (read.problem) throw Failure(*read.problem);
    if (read.found) entry.kept.push_back(read.object);
  }
  for (const ObjectSelection& selection : entry.undo->leaves) {
    for (const ObjectRef& ref : select(selection, entry.cluster, fleet)) {
      entry.existing.push_back(key_of(ref));
    }
  }
}

}  // namespace

bool is_undoable(const Step& step) {
  return writes(step.action.type);
}

JournalEntry entry_before(const Step& step, Fleet& fleet) {
  JournalEntry entry;
  entry.cluster = step.action.cluster;
  entry.phase = step.action.phase;
  entry.type = step.action.type;
  entry.ref = step.ref;
  entry.change = step.change;
  switch (entry.type) {
    case ActionType::apply:
      record_apply(entry, step);
      break;
    case ActionType::edit:
      record_edit(entry, step);
      break;
    case ActionType::remove:
      entry.before = step.live;
      break;
    case ActionType::restart:
      entry.before = find_at(step.live, k_restarted_at);
      break;
    case ActionType::store:
      record_store(entry, step);
      break;
    case ActionType::run:
      record_program(entry, step, fleet);
      break;
    default:
      break;
  }
  return entry;
}

void complete(JournalEntry& entry, bool changed, const Json& object, Fleet& fleet) {
  entry.done = true;
  if (!changed) entry.change = Change::leave;
  entry.uid = metadata_text(object, "uid");
  if (entry.type == ActionType::apply && !object.is_null()) {
    for (const FieldChange& field : compare(entry.wanted, object)) {
      entry.adjusted.push_back(field.pointer);
    }
  }
  if (entry.type != ActionType::run || !entry.undo || !entry.undo->history) return;
  for (const ObjectRef& ref : select(*entry.undo->history, entry.cluster, fleet)) {
    entry.history.push_back(key_of(ref));
  }
}

}  // namespace mesh
