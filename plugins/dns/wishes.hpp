#pragma once

#include "mesh/extension.hpp"

namespace mesh::dns {

/// What the operator wants, out of flags and mesh.yaml.
struct Wishes {
  std::string strategy = "auto";
  std::string name_space = "istio-system";  ///< Istio's
  std::string suffix;
  bool discovery = false;  ///< mode discovery: services keep their own names
  std::string image;       ///< of the name server; empty: the one that the cluster's CoreDNS has
  std::int64_t replicas = 2;
  bool objects_only = false;       ///< no pod is asked
  bool all = false;                ///< ask for every name
  bool gone = false;               ///< nothing of ours is to be there any more
  Json settings = Json::object();  ///< of the strategy that is named

  /// The others would not know them.
  Json settings_for(const std::string& name) const {
    return name == strategy ? settings : Json::object();
  }
};

/// Throws Failure("invalid-input").
Wishes wishes_of(const CommandRequest& request);

}  // namespace mesh::dns
