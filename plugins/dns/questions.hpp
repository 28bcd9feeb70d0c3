#pragma once

#include "choose.hpp"
#include "message.hpp"

namespace mesh::dns {

enum class Asked {
  cluster_name,  ///< Service default/kubernetes
  probe,         ///< is the zone ours
  version,       ///< is it the newest
  alias,
  alias_other,  ///< the address family that the alias does not have
  absent,       ///< a name that nobody exports
};

/// The layers of the walk: the cluster's DNS, and the mesh's name server behind it.
enum class Layer { cluster, mesh };

struct Question {
  Layer layer = Layer::cluster;
  DnsPod pod;
  Asked asked = Asked::cluster_name;
  std::string name;
  Record record = Record::a;
};

struct Answered {
  Question question;
  Reply reply;
  std::optional<Problem> problem;  ///< no answer came
};

/// What is asked in one cluster.
std::vector<Question> questions_for(const ClusterFacts& facts, const Choice& choice,
                                    const Wishes& wishes);
/// All of it at once, in the same order.
std::vector<std::vector<Answered>> ask_all(const Host& host,
                                           const std::vector<std::string>& clusters,
                                           const std::vector<std::vector<Question>>& questions);

/// The walk in words: a line per pod, with what it was asked and what it said.
std::vector<Note> walk_of(const std::string& cluster, const std::vector<Answered>& answers);
/// "10.96.0.1", "no data", "NXDOMAIN", "no answer: ..."
std::string said(const Answered& answered);

}  // namespace mesh::dns
