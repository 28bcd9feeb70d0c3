#pragma once

#include <map>

#include "facts.hpp"
#include "wishes.hpp"

namespace mesh::dns {

/// What one strategy says of a cluster.
struct Opinion {
  std::string name;
  bool forwards = false;
  DnsFit fit;
  DnsLook look;
};

/// Which strategy a cluster gets.
struct Choice {
  std::string name;  ///< empty: none
  bool forwards = false;
  DnsFit fit;
  DnsLook look;
  std::string why;  ///< "auto: CoreDNS reads ConfigMap kube-system/coredns"
  std::optional<Problem> refusal;
};

/// All strategies that are installed, each about one cluster.
std::vector<Opinion> opinions_of(const ClusterFacts& facts, const Wishes& wishes, const Host& host);
/// `name`: the strategy that the operator named, or "auto".
Choice choose(const std::string& cluster, const std::string& name,
              const std::vector<Opinion>& opinions);

}  // namespace mesh::dns
