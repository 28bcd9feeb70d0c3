#include "verbs.hpp"

MESH_PLUGIN("serviceentry", "0.1.0", "Services of one cluster, reachable in the others",
            "The kubectl mesh authors", mesh::serviceentry::make_command().release(),
            mesh::serviceentry::make_check().release(),
            mesh::serviceentry::make_overview().release(),
            mesh::serviceentry::make_alias().release(),
            mesh::serviceentry::make_discovery().release())
