#pragma once

#include <optional>
#include <string>

#include "mesh/json.hpp"

namespace mesh {

// What metadata.managedFields tells: who set which field, and with it how Kubernetes merges each
// list, which nothing else in an object says. A set of fields is a tree, FieldsV1: "f:name" for a
// field, "k:{...}" for an item of a list that is merged by keys, "v:..." for one of a set.

struct FieldOwners {
  Json ours = Json::object();    ///< applied by kubectl-mesh
  Json others = Json::object();  ///< of everybody else
  Json all = Json::object();
};

/// Of a live object; empty sets if it has no managedFields, or odd ones.
FieldOwners field_owners(const Json& live);

/// The set below `key` ("f:spec"), empty if there is none.
const Json& fields_below(const Json& fields, const std::string& key);

/// Who set a field last.
struct FieldManager {
  std::string name, time;  ///< time: RFC 3339, as the server stamped it
};
/// The manager other than kubectl-mesh that owns the field at this JSON pointer, or a part of it;
/// of several the newest.
std::optional<FieldManager> other_manager(const Json& live, const std::string& pointer);
/// The same, if it set the field after kubectl-mesh did, or if kubectl-mesh does not own it any
/// more. An applier keeps its name on a field that an edit has changed, so a name alone tells
/// nothing.
std::optional<FieldManager> later_manager(const Json& live, const std::string& pointer);

/// Whether an edit by kubectl-mesh owns the field: it stays when an apply gives it up.
bool is_edited_by_us(const Json& live, const std::string& pointer);

/// The object as kubectl-mesh applied it last: its identity, and the fields that only its own
/// server-side apply owns with their live values. Applying it again changes nothing.
Json last_applied(const Json& live);

/// The value at a path as a conflict report of the server has it:
/// `.webhooks[name="x"].failurePolicy`,
/// `.data.ca-key.pem`. Null: not there, or a path of another form.
Json value_at_field(const Json& object, const std::string& path);

}  // namespace mesh
