#pragma once

#include <string>

namespace mesh {

/// Whether there is somebody to ask: stdin and stderr are a terminal.
bool can_ask();
/// Asks on stderr; only y or yes is a yes.
bool confirm(const std::string& question);

}  // namespace mesh
