#pragma once

#include <optional>
#include <vector>

#include "plan/journal.hpp"

namespace mesh {

/// Of each write what became of it since: fields that somebody has changed or reverted, or an
/// object that somebody has deleted; nullopt: it is as it was written. Of several writes to one
/// object the last one counts, and none before a program, which may change anything. What cannot be
/// read is not judged.
std::vector<std::optional<Problem>> lost_writes(const std::vector<const JournalEntry*>& entries,
                                                Fleet& fleet);

}  // namespace mesh
