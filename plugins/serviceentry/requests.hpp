#pragma once

#include "choose.hpp"

namespace mesh::serviceentry {

/// What the operator wants, by flags before mesh.yaml before what is usual.
struct Asked {
  MeshView mesh;  ///< with a member for every cluster of the request
  std::vector<std::string> clusters;
  std::string strategy;
  std::string istio_namespace = "istio-system";
  std::int64_t wait_seconds = 120;
  bool ahead = false;
  Json settings = Json::object();  ///< the strategy's
  Wishes wishes;
};

/// Throws Failure("invalid-input") that names the flag or the key of mesh.yaml.
Asked asked_of(const CommandRequest& request);
Asked asked_of(const CheckRequest& request);
/// The context of a cluster that is named by its context or by Istio's name.
const Member& member_named(const MeshView& mesh, const std::string& name, const std::string& where);
/// JSON Schema of the concern's section of mesh.yaml.
Json settings_schema();
/// "host:port" or "host". Throws Failure("invalid-input").
GatewayAddress parse_gateway(const std::string& text);
/// A line for Plan::next that can be pasted: the verb on the same clusters, and behind it what for.
std::string next_command(const std::vector<std::string>& clusters, const std::string& verb,
                         const std::string& what_for);

/// The strategy's request: what was chosen, with all that the strategy must know.
ExposureRequest exposure_request(const Asked& asked, const Choice& choice);

}  // namespace mesh::serviceentry
