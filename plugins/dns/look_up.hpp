#pragma once

#include <string>

#include "mesh/json.hpp"

namespace mesh::dns {

// Whatever shape a document has: one that lacks something says nothing.

const Json& at(const Json& object, const std::string& pointer);
std::string text_at(const Json& object, const std::string& pointer);
/// The list there; an empty one if there is none.
const Json& list_at(const Json& object, const std::string& pointer);
/// All of `wanted` is in `live`; what the live object has beyond it does not matter.
bool contains(const Json& live, const Json& wanted);
/// A key as a step of a JSON pointer.
std::string pointer_step(std::string key);

}  // namespace mesh::dns
