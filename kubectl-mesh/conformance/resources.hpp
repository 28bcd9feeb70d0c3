#pragma once

#include <string>

#include "mesh/json.hpp"

namespace mesh::conformance {

/// A document that is compiled in: "fixtures/world.json".
const Json& resource(const std::string& name);

}  // namespace mesh::conformance
