#pragma once

#include <string>
#include <vector>

#include "cli/invocation.hpp"
#include "plugin/catalogue.hpp"

namespace mesh {

/// What a command line asks for.
struct Parsed {
  enum class Wish { run, help, version, completion_script, complete } wish = Wish::run;
  Invocation invocation;
  std::vector<std::string> rest;  ///< words for completion
};

/// Flags anywhere, --flag=v and --flag v, `--`. Throws Failure("usage") with the nearest
/// suggestion. `argv0` decides the program's shown name. Loads no library and reads no kubeconfig.
Parsed parse_arguments(const std::string& argv0, const std::vector<std::string>& words,
                       const Catalogue& catalogue);

}  // namespace mesh
