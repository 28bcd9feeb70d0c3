#pragma once

#include <string>
#include <vector>

#include "plan/journal.hpp"

namespace mesh {

/// A plan that undoes the run of `journal`, newest write first. Entries that are marked as undone
/// are left out. A field of ours that another manager changed since is a refusal that names both;
/// what a controller or a person added beside our fields is none. `continues` says that the rest
/// can only be planned once the programs of this part have ended.
Plan plan_undo(const Journal& journal, Fleet& fleet);

/// A plan that reverts `entries`, which may be of a run that still goes on: restarted workloads go
/// back to the pods of before instead of being restarted again.
Plan plan_revert(const std::vector<JournalEntry>& entries, Fleet& fleet);

}  // namespace mesh
