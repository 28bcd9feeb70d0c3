#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sets.hpp"

namespace mesh::certs {

/// Requests that an authority has not answered yet: what it takes to go on with them in a later
/// run. Kept in a file of the certs plugin's own folder, for the keys are in it.
struct Waiting {
  std::string token;  ///< the authority's
  std::string name_space;
  std::vector<Candidate> candidates;
};

/// What an earlier run has left for this strategy; none: nothing, or of another namespace.
std::optional<Waiting> read_waiting(const Host& host, const std::string& strategy,
                                    const std::string& istio_namespace);
/// Those that wait already, and new ones for the other clusters; without the token if none does.
Waiting candidates_for(const std::vector<std::string>& wanted,
                       const std::optional<Waiting>& waiting, const std::string& algorithm,
                       const std::string& istio_namespace);
/// What is left of `waiting` when these clusters need it no more.
Waiting without_clusters(Waiting waiting, const std::vector<std::string>& clusters);
/// The store action that keeps it; without candidates, that forgets it.
Action keep_waiting(const std::string& strategy, const Waiting& waiting);

}  // namespace mesh::certs
