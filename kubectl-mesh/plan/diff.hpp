#pragma once

#include <string>
#include <vector>

#include "kube/fleet.hpp"
#include "mesh/documents.hpp"

namespace mesh {

enum class Change { create, update, remove, leave, act };  ///< act: run, wait, restart, store

/// One field that a write changes. Values of Secrets are fingerprints.
struct FieldChange {
  std::string pointer;
  Json before, after;  ///< null: absent
};

/// An action of a plan beside the world: what it would change.
struct Step {
  Action action;
  ObjectRef ref;  ///< empty name for run and store
  Change change = Change::leave;
  std::vector<FieldChange> fields;
  Json live;  ///< the object as it was read; null: absent
};

/// Reads what the plan touches (through the fleet's snapshot) and compares. An apply whose every
/// field is live already, and owned by us or equal, is `leave`. Throws Failure("precondition") if
/// an edit's or a removal's precondition does not hold.
std::vector<Step> diff(const Plan& plan, Fleet& fleet);

/// The fields of `desired` that `live` lacks or has differently, as server-side apply would see it.
/// Lists of maps are compared by their merge key (name, key, port, ...) where Kubernetes has one.
std::vector<FieldChange> compare(const Json& desired, const Json& live);

/// The object with every value below data and stringData of a Secret replaced by its fingerprint,
/// and without managedFields.
Json redacted(const Json& object);

}  // namespace mesh
