#pragma once

#include <array>

#include "questions.hpp"

namespace mesh::dns {

/// One cluster under examination.
struct Subject {
  const ClusterFacts& facts;
  const Choice& choice;
  const Wishes& wishes;
  std::vector<DnsName> names;
  const std::vector<Answered>& answers;
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
extern const std::array<CheckRow, 12> k_check_rows;
/// After `dns remove`.
extern const std::array<CheckRow, 2> k_gone_rows;

std::vector<Finding> findings_of(const Subject& subject);

}  // namespace mesh::dns
