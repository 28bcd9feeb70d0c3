#pragma once

#include "engine.hpp"

namespace mesh {

/// The engine's functions, once its library is loaded. Throws Failure("internal") that says what is
/// missing.
struct Engine {
  decltype(&mesh_engine_run) run;
  decltype(&mesh_engine_plugin_helper) plugin_helper;
  decltype(&mesh_engine_print_manifest) print_manifest;
};
Engine load_engine();

}  // namespace mesh
