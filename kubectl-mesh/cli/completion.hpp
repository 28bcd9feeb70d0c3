#pragma once

#include <string>
#include <vector>

#include "plugin/catalogue.hpp"

namespace mesh {

/// The script for bash, zsh, fish or powershell that completes `program`. Throws Failure("usage")
/// for another shell.
std::string completion_script(const std::string& shell, const std::string& program);

/// Choices for the last of `words`, one per line "choice<TAB>description", last line ":N" (cobra's
/// directive bits), as kubectl expects of kubectl_complete-mesh. A choice replaces the whole word;
/// of `--flag=value` it replaces the value. Reads the kubeconfig for names only, and never throws
/// for what was typed.
std::string complete(const std::vector<std::string>& words, const Catalogue& catalogue);

}  // namespace mesh
