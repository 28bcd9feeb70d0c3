#pragma once

#include <vector>

#include "kube/fleet.hpp"

namespace mesh {

/// Has the fleet remember all these objects, read in few requests: many of one kind come by its
/// list. Throws the Failure of the first that cannot be read.
void read_ahead(const std::vector<Read>& objects, Fleet& fleet);

}  // namespace mesh
