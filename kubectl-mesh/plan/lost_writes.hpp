#pragma once

#include <optional>
#include <vector>

#include "plan/journal.hpp"

namespace mesh {

/// Of each write what became of it since: fields that somebody has reverted or changed under our
/// name, data that anybody has changed, or an object that was deleted; nullopt: it stands. Of
/// several writes to one object the last one counts, and none before a program, which may change
/// anything. What cannot be read is not judged.
std::vector<std::optional<Problem>> lost_writes(const std::vector<const JournalEntry*>& entries,
                                                Fleet& fleet);

}  // namespace mesh
