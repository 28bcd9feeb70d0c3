#include "verbs.hpp"

MESH_PLUGIN("helm", "0.1.0", "Istio by its charts, with an east-west gateway",
            "The kubectl mesh authors", mesh::helm::make_command().release(),
            mesh::helm::make_check().release(), mesh::helm::make_overview().release(),
            mesh::helm::make_helm_driver().release(), mesh::helm::make_render_driver().release())
