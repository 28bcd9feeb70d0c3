#pragma once

#include <string>
#include <vector>

#include "kube/fleet.hpp"
#include "mesh/documents.hpp"

namespace mesh {

/// The objects that exist now, of all pages. A kind that the cluster does not serve has none.
std::vector<ObjectRef> select(const ObjectSelection& selection, const std::string& cluster,
                              Fleet& fleet);

/// "NAMESPACE/NAME", or "NAME": of a selection, whose kind is known.
std::string key_of(const ObjectRef& ref);

/// An object that deleting `ref` would delete too, because `ref` is the CustomResourceDefinition of
/// its kind. "": none, or `ref` is of another kind.
std::string used_by(const ObjectRef& ref, const std::string& cluster, Fleet& fleet);

}  // namespace mesh
