#include "verify.hpp"

MESH_PLUGIN("verify", "0.1.0", "All checks of all concerns", "The kubectl mesh authors",
            mesh::verify::make_command().release())
