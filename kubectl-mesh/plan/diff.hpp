#pragma once

#include <string>
#include <vector>

#include "kube/fleet.hpp"
#include "mesh/documents.hpp"

namespace mesh {

enum class Change {
  create,
  update,
  remove,
  leave,
  act
};  ///< act: run, wait, restart, prove, store

/// One field that a write changes. Values of Secrets are fingerprints.
struct FieldChange {
  std::string pointer;
  Json before, after;  ///< null: absent

  bool operator==(const FieldChange&) const = default;
};

/// An action of a plan beside the world: what it would change.
struct Step {
  Action action;
  ObjectRef ref;  ///< empty name for run, prove and store
  Change change = Change::leave;
  std::vector<FieldChange> fields;
  Json live;  ///< the object as it was read; null: absent, or as wanted already

  bool writes() const { return change != Change::leave && mesh::writes(action.type); }
};

/// Reads what the actions touch (through the fleet's snapshot) and compares. An apply whose every
/// field is live already, and owned by us or equal, is `leave`. Throws Failure("precondition") if
/// an edit's or a removal's precondition does not hold.
std::vector<Step> diff(std::vector<Action> actions, Fleet& fleet);
inline std::vector<Step> diff(const Plan& plan, Fleet& fleet) {
  return diff(plan.actions, fleet);
}

std::vector<Action> actions_of(const std::vector<Step>& steps);

/// What server-side apply of `desired` would change in `live`: fields that it lacks or has
/// differently, and fields that we applied before and no longer want. Lists are merged or replaced
/// as managedFields show, else by a table; what the server fills in is no difference.
std::vector<FieldChange> compare(const Json& desired, const Json& live);

/// Every field in which the two differ: what a patch changes.
std::vector<FieldChange> differences(const Json& before, const Json& after);

/// The object with every value below data and stringData of a Secret replaced by its fingerprint,
/// and without managedFields.
Json redacted(const Json& object);

}  // namespace mesh
