#pragma once

#include <string>
#include <vector>

#include "mesh/json.hpp"

namespace mesh {

/// One cluster of the mesh.
struct Member {
  std::string context;  ///< its name in this run, as in `clusters` of a request
  std::string name;     ///< Istio's cluster name, a DNS label
  std::string network;  ///< value of topology.istio.io/network

  bool operator==(const Member&) const = default;
};

/// How services of other clusters are reached: by a name of their own (NAME.NAMESPACE.SUFFIX), or
/// by their usual one, the endpoints of all clusters merged.
enum class Mode { alias, discovery };

/// What all concerns must agree on (sdk/schemas/mesh.json): out of mesh.yaml, or the defaults.
struct MeshView {
  std::string id = "mesh1";
  std::string trust_domain = "cluster.local";
  std::string suffix = "global";
  Mode mode = Mode::alias;
  std::vector<Member> members;  ///< all of the mesh; a request's clusters are those to work on

  /// Throws Failure("invalid-document") for a context that is not of the mesh.
  const Member& member(const std::string& context) const;
};

Json to_json(const MeshView&);
/// What is absent is as above. Throws Failure("invalid-document").
MeshView mesh_view_from_json(const Json&);

}  // namespace mesh
