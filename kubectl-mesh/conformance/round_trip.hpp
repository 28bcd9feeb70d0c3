#pragma once

#include "conformance/candidate.hpp"

namespace mesh::conformance {

/// What came of carrying plans out in the candidate's world.
struct Settled {
  bool planned = false;   ///< there was something to do, and it was not refused
  std::string objection;  ///< it could not be done, or never ends; empty: all of it was done
};

/// Plans of one run: a plan that continues is carried out in the candidate's world, then the same
/// verb is asked for the next part. The first objection of `judge`; empty: none.
std::string each_part(Candidate& candidate, const Ask& ask,
                      const std::function<std::string(const Json& plan, int part)>& judge);

/// Asks the verb of `ask` and does what it plans until nothing is left that changes a cluster.
Settled settle(Candidate& candidate, const Ask& ask, const std::string& verb);

}  // namespace mesh::conformance
