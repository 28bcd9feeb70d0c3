#pragma once

#include <string>
#include <vector>

#include "mesh/json.hpp"

namespace mesh {

// How Kubernetes merges and stores what is applied. `fields` is what managedFields know of a list.

using Keys = std::vector<std::string>;

/// The keys by which a list is merged: as managedFields show them, or as the table has it. None: it
/// is replaced whole.
Keys keys_of(const Json& fields, const std::string& name, const Json& desired);
/// A list of which each writer owns single values.
bool is_set(const Json& fields);
/// The item of a list that has these keys, or its end.
Json::const_iterator item_like(const Json& list, const Json& wanted, const Keys& keys);
/// Equal, but for what the server fills in: of what is replaced whole.
bool same(const Json& desired, const Json& live);
/// What the server does not keep when it is empty.
bool may_vanish(const std::string& name, const Json& value);
/// Two spellings of one resource quantity, at a place where one is.
bool same_quantity(const Json& desired, const Json& live, const std::string& pointer);

}  // namespace mesh
