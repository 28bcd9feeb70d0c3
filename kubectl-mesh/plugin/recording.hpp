#pragma once

#include "plugin/bridge.hpp"

namespace mesh {

/// With KUBECTL_MESH_RECORD=FILE in the environment every call becomes a line of that file, without
/// anything secret: who asked, what, and the answer. Tests of plugins replay it (mesh/testing.hpp).
/// `by` is the plugin that asks; empty: the host itself.
ServiceCall recorded(std::string by, ServiceCall call);

}  // namespace mesh
