#pragma once

#include "engine.hpp"

namespace mesh {

/// The engine's function, once its library is loaded. Throws Failure("internal") that says what is
/// missing.
decltype(&mesh_engine_run) load_engine();

}  // namespace mesh
