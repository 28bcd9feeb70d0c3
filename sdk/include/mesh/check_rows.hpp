#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mesh/documents.hpp"

// A check/1 as a table: a row per claim, judged about each cluster.

namespace mesh {

/// What a row says about its subject.
struct Verdict {
  Severity severity = Severity::pass;
  std::string evidence;  ///< what was seen
  std::string fix;       ///< what to do; empty if it passes
};

inline Verdict pass(std::string evidence) {
  return {Severity::pass, std::move(evidence), {}};
}
inline Verdict warn(std::string evidence, std::string fix) {
  return {Severity::warning, std::move(evidence), std::move(fix)};
}
inline Verdict fail(std::string evidence, std::string fix) {
  return {Severity::failure, std::move(evidence), std::move(fix)};
}
/// A row that cannot be judged because another one failed is skipped: one fault, one failure.
inline Verdict skip(std::string evidence) {
  return {Severity::skipped, std::move(evidence), {}};
}

/// `Subject`: what the plugin knows of one cluster.
template <typename Subject>
struct CheckRow {
  const char* id;     ///< "certs/dates"; never changes
  const char* title;  ///< a sentence that is true when the row passes
  Verdict (*judge)(const Subject&);
};

/// Appends what the rows say about one cluster, in their order.
template <typename Subject>
void judge(std::span<const CheckRow<Subject>> rows, const std::string& cluster,
           const Subject& subject, std::vector<Finding>& findings) {
  for (const CheckRow<Subject>& row : rows) {
    Verdict verdict = row.judge(subject);
    findings.push_back({.id = row.id,
                        .cluster = cluster,
                        .severity = verdict.severity,
                        .title = row.title,
                        .evidence = std::move(verdict.evidence),
                        .fix = std::move(verdict.fix)});
  }
}

}  // namespace mesh
