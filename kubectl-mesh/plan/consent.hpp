#pragma once

#include <set>
#include <string>
#include <vector>

#include "plan/diff.hpp"

namespace mesh {

/// What the operator of a run has agreed to: the writes that were shown, by their content, and
/// those that were announced, by their kind and place.
class Consent {
 public:
  /// `accepted`: what --accept names, "ConfigMap kube-system/coredns" or only "ConfigMap", as the
  /// plan shows it.
  explicit Consent(std::vector<std::string> accepted = {});

  /// These have been shown to the operator.
  void add(const std::vector<Step>& steps, const std::vector<Announcement>& announced);
  /// Which of these steps write what was neither shown nor announced, in their order.
  std::vector<Step> beyond(const std::vector<Step>& steps) const;

 private:
  bool covers(const Step& step) const;

  std::vector<std::string> m_accepted;
  std::vector<Announcement> m_announced;
  std::set<std::string> m_shown;  ///< digests
};

/// What --accept has to name for a step: "ConfigMap kube-system/coredns", "program helm".
std::string acceptance_of(const Step& step);

}  // namespace mesh
