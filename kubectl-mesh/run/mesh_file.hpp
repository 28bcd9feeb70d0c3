#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "mesh/json.hpp"

namespace mesh {

/// mesh.yaml, as far as one concern needs it: the clusters by context, and a section per concern.
struct MeshFile {
  std::vector<std::string> contexts;
  Json concerns = Json::object();  ///< name -> {"strategy": ..., settings}
};

/// `concerns` are the sections that are known: the installed plugins' commands. `path` "-" is
/// standard input. Throws Failure("invalid-input") naming file, line and column; an unknown key is
/// an error with a suggestion.
MeshFile load_mesh_file(const std::filesystem::path& path,
                        const std::vector<std::string>& concerns);

}  // namespace mesh
