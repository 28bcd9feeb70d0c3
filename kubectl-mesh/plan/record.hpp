#pragma once

#include "plan/journal.hpp"

namespace mesh {

/// Whether the journal has an entry for a step: it writes something that can be undone, or must be
/// told as something that cannot.
bool is_undoable(const Step& step);

/// What has to be known before the step is carried out. Reads what a program's undo needs. Numbers
/// and proofs are the run's own affair.
JournalEntry entry_before(const Step& step, Fleet& fleet);

/// What is known afterwards. `object`: as the step left it, null if it is deleted or none.
void complete(JournalEntry& entry, bool changed, const Json& object, Fleet& fleet);

}  // namespace mesh
