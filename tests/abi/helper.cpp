// What kubectl-mesh is when it runs a plugin in a helper process, and nothing else of it.

#include <string_view>

#include "plugin/bridge.hpp"

int main(int argc, char** argv) {
  return argc == 3 && std::string_view(argv[1]) == "__plugin" ? mesh::run_plugin_helper(argv[2])
                                                              : 2;
}
