#pragma once

#include <functional>
#include <string>

#include "mesh/json.hpp"

// What an API server does with a write, as far as ownership of fields goes: maps merge field by
// field, a list belongs to one manager as a whole. The rules are those of structured-merge-diff.

namespace mesh::test {

struct Write {
  std::string manager;
  std::string operation;  ///< "Apply" or "Update"
  std::string time = "2026-11-30T12:00:00Z";
};

/// Returns `live` as `write` leaves it after an update to `wanted`: changed fields change their
/// owner.
Json updated(const Json& live, Json wanted, const Write& write);

/// Returns `live` (null: none) after a server-side apply. Throws ConflictFailure as a server does.
Json applied(const Json& live, const Json& object, const Write& write);

}  // namespace mesh::test
