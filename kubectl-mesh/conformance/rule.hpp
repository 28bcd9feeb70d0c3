#pragma once

#include <string>
#include <vector>

#include "conformance/subject.hpp"

namespace mesh::conformance {

/// What came of one rule. Evidence is for the author: what was asked, what came back.
struct Verdict {
  Severity severity = Severity::pass;
  std::string evidence{};
  std::string exception{};  ///< why a rule that is broken here need not be kept; mostly empty
};

inline Verdict broken(std::string evidence) {
  return {Severity::failure, std::move(evidence)};
}
/// There was nothing to judge, or another rule says it already.
inline Verdict skipped(std::string why) {
  return {Severity::skipped, std::move(why)};
}
/// An objection in words; none: the rule is kept.
inline Verdict verdict_of(std::string objection) {
  return objection.empty() ? Verdict{} : broken(std::move(objection));
}

/// One rule of the contract. `judge` runs in a process of its own, in which the plugin may do what
/// it likes: that costs this rule and no other.
struct Rule {
  const char* id;        ///< never changes: "manners/silent"
  const char* title;     ///< true of a plugin that keeps it
  const char* protects;  ///< what goes wrong for an operator if it is broken
  const char* mend;      ///< for the author
  Verdict (*judge)(const Subject& subject);
};

/// A rule that the run time of a language cannot keep, whatever the author does. A plugin whose
/// manifest names the language has it shown as an exception, if it keeps the rest of the rule.
struct Exception {
  const char* language;
  const char* rule;
  const char* why;
  Verdict (*rest)(const Subject& subject);
};
const std::vector<Exception>& exceptions();

// A family per file.
const std::vector<Rule>& library_rules();
const std::vector<Rule>& manifest_rules();
const std::vector<Rule>& document_rules();
const std::vector<Rule>& manner_rules();
const std::vector<Rule>& surroundings_rules();
const std::vector<Rule>& limit_rules();
const std::vector<Rule>& plan_rules();
const std::vector<Rule>& ca_rules();
const std::vector<Rule>& dns_rules();
const std::vector<Rule>& exposure_rules();
const std::vector<Rule>& check_rules();
const std::vector<Rule>& helm_driver_rules();
const std::vector<Rule>& command_rules();
const std::vector<Rule>& overview_rules();
const std::vector<Rule>& operator_rules();

}  // namespace mesh::conformance
