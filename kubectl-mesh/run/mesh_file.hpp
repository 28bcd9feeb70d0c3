#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "run/sections.hpp"

#include "mesh/json.hpp"
#include "mesh/view.hpp"

namespace mesh {

/// mesh.yaml (schema: sdk/schemas/mesh-file.json): what all concerns agree on, the clusters by
/// context, and a section per concern.
struct MeshFile {
  MeshView mesh;                            ///< its members are the clusters of the file
  std::map<std::string, std::string> uids;  ///< by context: UID of kube-system
  std::vector<std::string> skipped;         ///< concerns that plan, up and down leave alone
  /// name -> {"strategy": ..., settings}; files that settings name are absolute, and those of a
  /// relative path lie in the folder of mesh.yaml or below
  Json concerns = Json::object();
};

/// `sections` are those that are known: the installed plugins' concerns. `path` "-" is standard
/// input. Throws Failure("invalid-input") naming file, line and column; an unknown key is an error
/// with a suggestion.
MeshFile load_mesh_file(const std::filesystem::path& path,
                        const std::map<std::string, Section>& sections);

}  // namespace mesh
