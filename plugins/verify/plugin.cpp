#include "verify.hpp"

MESH_PLUGIN("verify", "0.1.0", "All checks of all concerns", mesh::verify::make_command().release())
