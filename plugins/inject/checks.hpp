#pragma once

#include "requests.hpp"

namespace mesh::inject {

struct Verdict {
  Severity severity = Severity::pass;
  std::string evidence;
  std::string fix;
};

/// A check of one cluster.
struct CheckRow {
  const char* id;
  const char* title;
  Verdict (*judge)(const ClusterFacts&);
};
extern const std::array<CheckRow, 7> k_check_rows;

std::vector<Finding> findings_of(const std::vector<ClusterFacts>& all);

}  // namespace mesh::inject
