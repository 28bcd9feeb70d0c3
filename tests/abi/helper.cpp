// What kubectl-mesh is when it runs a plugin in a helper process, and nothing else of it.

#include <string_view>

#include "plugin/bridge.hpp"

int main(int argc, char** argv) {
  const bool asked = argc >= 4 && std::string_view(argv[1]) == "__plugin";
  return asked ? mesh::run_plugin_helper({argv + 2, argv + argc}) : 2;
}
