#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/diff.hpp"

namespace mesh {

// What an edit did to an object of another owner, field by field, so that exactly this can be
// reverted later, whatever else has changed by then.

/// The fields that differ, values in full; of an object that only one side has each leaf. Volatile
/// metadata and status do not count.
std::vector<FieldChange> edited_fields(const Json& before, const Json& after);

struct Reverted {
  Json object;                           ///< the live object with the edit reverted
  std::vector<FieldChange> conflicting;  ///< `before`: what the edit wrote, `after`: what is live
};

/// Reverts the edit in `live`. A field that holds neither of the two values is a conflict, unless
/// it is text of several lines in which just the edit's own lines can be replaced.
Reverted revert_fields(const std::vector<FieldChange>& edit, const Json& live);

/// `live` with the lines that differ between `before` and `after` as they are in `before`. nullopt:
/// these lines are not found in it as they were written, or more than once.
std::optional<std::string> revert_lines(const std::string& before, const std::string& after,
                                        const std::string& live);

}  // namespace mesh
