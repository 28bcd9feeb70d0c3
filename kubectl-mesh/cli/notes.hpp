#pragma once

#include <string>
#include <vector>

#include "mesh/documents.hpp"

namespace mesh {

/// "warning: CLUSTER: text" per note.
std::string notes_text(const std::vector<Note>& notes);

}  // namespace mesh
