#pragma once

#include <vector>

#include "plan/journal.hpp"

namespace mesh {

/// What is still to be undone, newest first; writes of a run to one object as one, where they can
/// be: as it was before the first, and as the last left it.
std::vector<JournalEntry> newest_first(const std::vector<JournalEntry>& entries);

}  // namespace mesh
