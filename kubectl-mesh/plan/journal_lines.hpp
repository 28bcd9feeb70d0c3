#pragma once

#include <functional>
#include <string>
#include <vector>

#include "plan/journal.hpp"

namespace mesh {

// The lines of a journal: what is written of an entry, and entries as their lines tell them.

/// `seal` encrypts what may hold private values, if there is any.
Json line_before(const JournalEntry& entry,
                 const std::function<std::string(const std::string&)>& seal);
Json line_after(const JournalEntry& entry);

/// Ties sealed values to their place: those of another run or entry do not open there.
std::string sealed_context(const std::string& run, const JournalEntry& entry);

/// Of all lines of a run's journal, in the order of the steps. Unknown lines are passed over.
std::vector<JournalEntry> entries_of(const std::vector<Json>& lines, const std::string& run);

}  // namespace mesh
