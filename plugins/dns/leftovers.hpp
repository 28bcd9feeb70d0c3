#pragma once

#include "facts.hpp"

namespace mesh::dns {

/// Somebody else's stub for a zone that is none of the cluster's.
struct Stub {
  std::string zone;
  std::vector<std::string> targets;
  std::string where;  ///< "ConfigMap kube-system/kube-dns"
};
std::vector<Stub> stubs_of(const ClusterFacts& facts);

/// What the design of 2019 left: istiocoredns, and stubs that lead nowhere any more. `services` are
/// all of the cluster, to know which addresses are somebody's.
std::vector<Note> leftovers(const ClusterFacts& facts, const std::string& suffix,
                            const Json& services, bool istiocoredns);

}  // namespace mesh::dns
