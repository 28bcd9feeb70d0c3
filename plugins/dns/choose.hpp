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
  std::optional<Problem> problem{};  ///< its plugin failed: it has no opinion
};

/// Which strategy a cluster gets.
struct Choice {
  std::string name;  ///< empty: none
  bool forwards = false;
  DnsFit fit;
  DnsLook look;
  std::string why;  ///< "auto: CoreDNS reads ConfigMap kube-system/coredns"
  std::optional<Problem> refusal;
  std::map<std::string, Problem> left_out{};  ///< by strategy: why it had no opinion
};

/// All strategies that are installed, each about one cluster.
std::vector<Opinion> opinions_of(const ClusterFacts& facts, const Wishes& wishes, const Host& host);
/// `name`: the strategy that the operator named, or "auto".
/// A strategy whose plugin failed is no choice. Throws its Failure if the operator named it.
Choice choose(const std::string& cluster, const std::string& name,
              const std::vector<Opinion>& opinions);
/// Says which strategies had no opinion, each once however many clusters there are.
void note_left_out(std::vector<Note>& notes, const Choice& choice);
/// The same of one strategy.
void note_left_out(std::vector<Note>& notes, const std::string& strategy, const Problem& problem);

}  // namespace mesh::dns
