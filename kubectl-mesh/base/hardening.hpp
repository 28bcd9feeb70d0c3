#pragma once

namespace mesh {

/// No core file and no reading of our memory by other processes of the user: keys and tokens are in
/// it.
void forbid_core_dumps();

/// Raises how many files this process may have open to what it may allow itself; programs that it
/// starts keep that. Throws Failure("failed") if that is too few for a run: somewhere in it a
/// library would fail with words about something else.
void allow_descriptors();

}  // namespace mesh
