#pragma once

#include <string>
#include <vector>

#include "arrival.hpp"

#include "mesh/extension.hpp"

namespace mesh::certs {

/// What can be done to all clusters at once. Forward: trust both roots, sign with the new one, drop
/// the old one. Back, as long as no cluster has dropped the old one: sign with it again, drop the
/// new one.
enum class Move { none, trust, sign, drop, sign_back, drop_back };

/// The next step of a root rotation, or of the way back. There is no state of ours: the clusters
/// and the authority say how far it is, so a step that was cut off is found and finished first.
struct RotationStep {
  Move move = Move::none;
  bool continued = false;             ///< some clusters have done it already
  std::vector<std::string> clusters;  ///< those that are still to do it
  std::vector<Problem> refusals;      ///< it cannot be taken at all
  // What must have arrived before it is taken.
  std::vector<std::string> settled;   ///< clusters whose istiod must have taken up the step before
  std::optional<Certificate> spread;  ///< that the namespaces of those must carry
  ProxyNeed need;                     ///< of the proxies of all clusters
};

/// Throws Failure("refused") if the authority has no root.
RotationStep next_step(const std::vector<ClusterFacts>& all, const CaRoots& roots, Time now);
/// The same backwards; Move::none if no rotation is under way.
RotationStep step_back(const std::vector<ClusterFacts>& all, const CaRoots& roots, Time now);
/// Why the step must not be taken yet, with the commands that help; `all` must hold what the
/// proxies do.
std::vector<Problem> not_arrived(const std::vector<ClusterFacts>& all, const RotationStep& step,
                                 Time now);
/// Whether a rotation has begun and its last step has not been taken in all clusters.
bool is_under_way(const std::vector<ClusterFacts>& all, const CaRoots& roots, Time now);

/// What neither kind of rotation can start from: unread, not ours, broken, of another authority.
std::vector<Problem> rotation_obstacles(const std::vector<ClusterFacts>& all, const CaRoots& roots,
                                        Time now);

}  // namespace mesh::certs
