#pragma once

#include "requests.hpp"

#include "mesh/check_rows.hpp"

namespace mesh::inject {

/// Each judges one cluster.
std::span<const CheckRow<ClusterFacts>> check_rows();

std::vector<Finding> findings_of(const std::vector<ClusterFacts>& all);

}  // namespace mesh::inject
