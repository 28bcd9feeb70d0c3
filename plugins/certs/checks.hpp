#pragma once

#include <array>

#include "facts.hpp"

#include "mesh/extension.hpp"

namespace mesh::certs {

/// One cluster under examination.
struct Subject {
  const ClusterFacts& facts;
  Assessment found;
  Time now;
  std::chrono::seconds fail_within;
};

struct Verdict {
  Severity severity = Severity::pass;
  std::string evidence;
  std::string fix;
};

/// A check of one cluster. A row that cannot be judged because another one failed is skipped: one
/// fault, one failure.
struct CheckRow {
  const char* id;
  const char* title;
  Verdict (*judge)(const Subject&);
};
extern const std::array<CheckRow, 13> k_check_rows;

/// All rows of all clusters, and the one that compares them.
std::vector<Finding> findings_of(const std::vector<ClusterFacts>& all, Time now,
                                 std::chrono::seconds fail_within);

}  // namespace mesh::certs
