#pragma once

#include "exporters.hpp"

namespace mesh::serviceentry {

/// What is exported, from what was seen: a function of facts.
struct Choice {
  std::vector<Export> exports;           ///< sorted by host
  std::vector<ClusterGateway> gateways;  ///< of every cluster that was seen
  std::vector<std::string> unseen;
  std::vector<Note> notes;
  std::vector<Problem> refusals;
};

Choice choose(const std::vector<ExporterFacts>& all, const Wishes& wishes, const MeshView& mesh);

/// The gateway of a cluster's network, or why there is none.
ClusterGateway gateway_of(const ExporterFacts& facts, const Member& member, const Wishes& wishes);

Problem refusal(const std::string& cluster, const std::string& object, const std::string& what,
                const std::string& hint);

}  // namespace mesh::serviceentry
