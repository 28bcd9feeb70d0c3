#pragma once

#include <string>
#include <vector>

#include "cluster/kubeconfig.hpp"

namespace mesh {

/// The contexts that `--contexts a,b,'game-*',-game-old` means, in the order of the patterns, then
/// of the files; each once. What is excluded stays out, wherever the exclusion stands. `patterns`
/// empty: `context`, or else the current context. Throws Failure("unknown-context") naming the
/// pattern that matched nothing and the nearest name.
std::vector<std::string> select_contexts(const Kubeconfig& config,
                                         const std::vector<std::string>& patterns,
                                         const std::string& context);

}  // namespace mesh
