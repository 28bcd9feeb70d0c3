#include "strategies.hpp"
#include "verbs.hpp"

MESH_PLUGIN("dns", "0.1.0", "The mesh's names in every cluster's DNS", "The kubectl mesh authors",
            mesh::dns::make_command().release(), mesh::dns::make_check().release(),
            mesh::dns::make_overview().release(), mesh::dns::make_istio_proxy().release(),
            mesh::dns::make_coredns().release(), mesh::dns::make_coredns_custom().release(),
            mesh::dns::make_kube_dns().release())
