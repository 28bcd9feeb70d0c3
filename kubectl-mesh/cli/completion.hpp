#pragma once

#include <string>
#include <vector>

#include "plugin/catalogue.hpp"

namespace mesh {

/// The script for bash, zsh, fish or powershell. Throws Failure("usage") for another shell.
std::string completion_script(const std::string& shell, const std::string& program);

/// Choices for the last word, one per line "choice<TAB>description", last line ":N" (cobra's
/// directive bits), as kubectl expects of kubectl_complete-mesh. Reads the kubeconfig for context
/// names only.
std::string complete(const std::vector<std::string>& words, const Catalogue& catalogue);

}  // namespace mesh
