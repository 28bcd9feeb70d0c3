#pragma once

namespace mesh {

/// No core file and no reading of our memory by other processes of the user: keys and tokens are in
/// it.
void forbid_core_dumps();

}  // namespace mesh
