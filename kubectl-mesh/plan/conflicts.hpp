#pragma once

#include <string>
#include <vector>

#include "plan/journal.hpp"

namespace mesh {

// What stands against undoing a write: fields of the run that another manager has changed since.

/// "CLUSTER: KIND NAMESPACE/NAME"
std::string name_of(const JournalEntry& entry);
Problem refusal(const JournalEntry& entry, const std::string& what, const std::string& hint = {});

/// The refusal that names field, manager, time and both values; those of a Secret as fingerprints.
/// `field.before`: what the run wrote, `field.after`: what is live, equal if another manager has
/// set the same value.
Problem changed_since(const JournalEntry& entry, const FieldChange& field, const Json& live);

/// The fields of an `apply` in which `live` is neither as the run left it nor as it was before.
std::vector<FieldChange> changed_fields(const JournalEntry& entry, const Json& live);
/// Those that another manager has set since, to the same values: reverting them would revert that
/// manager's.
std::vector<FieldChange> shared_fields(const JournalEntry& entry, const Json& live);

}  // namespace mesh
