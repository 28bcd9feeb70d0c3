#pragma once

#include "judge.hpp"

namespace mesh::inject {

/// What the operator wants, by flags before mesh.yaml.
struct Asked {
  MeshView mesh;
  std::vector<std::string> clusters;
  std::vector<std::string> namespaces;
  std::string revision;
  std::string istio_namespace = "istio-system";
  bool by_file = false;  ///< the namespaces are mesh.yaml's
  bool restart = false;
  bool all = false;  ///< restart: fresh workloads too
  bool ahead = false;
  std::int64_t seconds = 300;  ///< for one rollout
};
/// Throws Failure("invalid-input").
Asked asked_of(const CommandRequest& request);
Asked asked_of(const CheckRequest& request);
Look look_of(const Asked& asked);
Json settings_schema();
std::string next_command(const Asked& asked, const std::string& verb, const std::string& what_for);
Problem refusal(const std::string& cluster, const std::string& name_space, const std::string& what,
                const std::string& hint);

}  // namespace mesh::inject
