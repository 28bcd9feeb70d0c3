#pragma once

#include "acceptance.hpp"

#include "mesh/check_rows.hpp"
#include "mesh/extension.hpp"

namespace mesh::certs {

/// One cluster under examination.
struct Subject {
  const ClusterFacts& facts;
  Assessment found;
  Time now;
  std::chrono::seconds fail_within;
  const Acceptance* mesh = nullptr;  ///< of all clusters
};

std::span<const CheckRow<Subject>> check_rows();

/// All rows of all clusters, and the one that compares them.
std::vector<Finding> findings_of(const std::vector<ClusterFacts>& all, Time now,
                                 std::chrono::seconds fail_within);

}  // namespace mesh::certs
