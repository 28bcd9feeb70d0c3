#include "verbs.hpp"

MESH_PLUGIN("certs", "0.1.0", "One certificate authority for all clusters",
            "The kubectl mesh authors", mesh::certs::make_command().release(),
            mesh::certs::make_check().release(), mesh::certs::make_overview().release(),
            mesh::certs::make_self_signed().release(), mesh::certs::make_pem().release())
