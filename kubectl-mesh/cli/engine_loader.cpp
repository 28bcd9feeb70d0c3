#include "cli/engine_loader.hpp"

#include <dlfcn.h>

#include <boost/dll/shared_library.hpp>

#include "base/paths.hpp"
#include "mesh/problem.hpp"

namespace mesh {

decltype(&mesh_engine_run) load_engine() {
  const std::string path = engine_library().string();
  const auto mode = static_cast<boost::dll::load_mode::type>(
      static_cast<unsigned>(boost::dll::load_mode::rtld_now) |
      static_cast<unsigned>(RTLD_NODELETE));
  try {
    // Never unloaded: threads of the HTTP library run in it until the process ends.
    static auto& library = *new boost::dll::shared_library(path, mode);
    return &library.get<int(const Invocation&, const Catalogue&)>("mesh_engine_run");
  } catch (const std::exception& error) {
    throw Failure("internal", std::string("the engine cannot be loaded: ") + error.what(),
                  "the installation is not whole: install kubectl-mesh again");
  }
}

}  // namespace mesh
