#pragma once

#include "questions.hpp"

#include "mesh/check_rows.hpp"

namespace mesh::dns {

/// One cluster under examination.
struct Subject {
  const ClusterFacts& facts;
  const Choice& choice;
  const Wishes& wishes;
  std::vector<DnsName> names;
  const std::vector<Answered>& answers;
};

std::span<const CheckRow<Subject>> check_rows();
/// After `dns remove`.
std::span<const CheckRow<Subject>> gone_rows();

std::vector<Finding> findings_of(const Subject& subject);

}  // namespace mesh::dns
