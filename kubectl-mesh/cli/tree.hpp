#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "mesh/documents.hpp"

namespace mesh {

/// One concern's part of a plan that becomes files.
struct TreePart {
  std::string name;     ///< of the concern
  std::string command;  ///< by which this program carries the part out, complete
  std::vector<Action> actions;
  std::vector<Note> notes;
  bool changes = false;    ///< an object is not yet as it is here
  bool continues = false;  ///< the rest can only be planned when this part is applied
  bool proof = false;      ///< shows whether the parts before it work
};

/// What the order of steps needs to know beside the parts.
struct TreeOptions {
  std::string title;
  std::string command;     ///< that writes this tree, complete
  std::string kubeconfig;  ///< if one was named
  bool show_secrets = false;
  /// The complete command of a verb of a concern.
  std::function<std::string(const std::string& concern, const std::string& verb)> command_of;
};

/// Writes a plan as files: below a folder per cluster its objects, one document each, in groups
/// that kustomize builds; its Helm releases with their values; patches. `apply.sh` has the order
/// and all steps as complete commands. A Secret and a file of the operator's own are written only
/// with `show_secrets`, privately; else their step is the concern's own command. Files of a tree
/// that was written there before are removed. Returns the number of files.
std::size_t write_tree(const std::vector<TreePart>& parts, const std::filesystem::path& folder,
                       const TreeOptions& options);

}  // namespace mesh
