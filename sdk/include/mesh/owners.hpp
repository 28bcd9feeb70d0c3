#pragma once

#include <optional>
#include <string>

#include "mesh/json.hpp"

// Who else writes an object: GitOps controllers, platforms, package managers. By the labels and
// annotations that they leave on it, its owner references and its field managers.

namespace mesh {

struct ObjectOwner {
  std::string id;           ///< "argo-cd", "helm": for what is known of it elsewhere
  std::string name;         ///< "Argo CD", "Helm release coredns"
  bool reconciles = false;  ///< it takes edits back by itself; else its next upgrade does
};

/// The owner of `object`, one that reconciles before one that does not; none: nobody is known.
/// `field`: of its managed fields, "f:data": a controller that has set something there owns it,
/// too, whatever its name. What kubectl mesh wrote itself does not count.
std::optional<ObjectOwner> owner_of_object(const Json& object, const std::string& field = {});

}  // namespace mesh
