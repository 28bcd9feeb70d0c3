#pragma once

#include <string>
#include <vector>

#include "facts.hpp"

#include "mesh/extension.hpp"

namespace mesh::certs {

/// The next step of a root rotation. There is no state of ours: the clusters and the authority say
/// how far it is, so a step that was cut off is found and finished first.
struct RotationStep {
  RotationStage stage = RotationStage::none;
  bool continued = false;             ///< some clusters have done it already
  std::vector<std::string> clusters;  ///< those that are still to do it
  std::vector<Problem> refusals;      ///< the step before has not arrived everywhere
};

/// Throws Failure("refused") if the authority has no root.
RotationStep next_step(const std::vector<ClusterFacts>& all, const CaRoots& roots, Time now);

/// What neither kind of rotation can start from: unread, not ours, broken, of another authority.
std::vector<Problem> rotation_obstacles(const std::vector<ClusterFacts>& all, const CaRoots& roots,
                                        Time now);

}  // namespace mesh::certs
