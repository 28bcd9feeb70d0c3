#pragma once

#include <functional>
#include <string>
#include <vector>

#include "waiting.hpp"

namespace mesh::certs {

/// What an installation finds: who gets a set, who stands in the way, what is worth saying.
struct Decision {
  std::vector<std::string> wanted;  ///< clusters that get a new set
  std::vector<Note> notes;
  std::vector<Problem> refusals;
};
/// `roots`: of the authority; none if it has made none yet.
Decision decide(const std::vector<ClusterFacts>& all, const std::vector<Certificate>& roots,
                Time now);

/// The roots of clusters that trust each other already by sets that others made; none: they do not,
/// one lacks a set, or one has a set of ours.
std::vector<Certificate> roots_of_others(const std::vector<ClusterFacts>& all, Time now);

/// How a strategy signs; the only part of an installation that is not a function of facts. The
/// token is that of requests that wait.
using Signer =
    std::function<CaIssued(const std::vector<CertificateRequest>&, const std::string& token)>;
/// Who signs, and what it has told already.
struct IssuingCa {
  std::string strategy;
  CaRoots roots;
  CaPolicy policy;
  std::optional<Waiting> waiting;
};
Plan plan_issued(const std::vector<ClusterFacts>& all, const IssuingCa& authority, Time now,
                 const Signer& signer);
/// For a strategy that brings whole sets: write those that differ.
Plan plan_brought(const std::vector<ClusterFacts>& all, const std::vector<CaSet>& sets, Time now);

}  // namespace mesh::certs
