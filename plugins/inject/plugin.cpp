#include "verbs.hpp"

MESH_PLUGIN("inject", "0.1.0", "Sidecars for the pods of chosen namespaces",
            "The kubectl mesh authors", mesh::inject::make_command().release(),
            mesh::inject::make_check().release(), mesh::inject::make_overview().release())
