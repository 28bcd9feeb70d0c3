#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "plan/diff.hpp"
#include "plan/pod_faults.hpp"

namespace mesh {

/// Why an object is not as a wait wants it: what `kubectl describe` and `kubectl logs` would show
/// of it and its newest pods. A right that is missing makes the answer shorter and fails nothing.
class WaitCauses {
 public:
  /// `step` and `fleet` must outlive it.
  WaitCauses(const Step& step, Fleet& fleet) : m_step(step), m_fleet(fleet) {}

  /// Reads workload, pods and, where these leave a question, events.
  void look(const Json& live);
  /// Whether the last look saw what does not end by waiting.
  bool lasting() const;
  /// Lines that stand below the error, each behind a newline; reads events and logs for it.
  std::string lines();
  /// What to do, as one line.
  std::string hint() const;

 private:
  void look_at_pods(const Json& live);
  void look_at_creator(const Json& creator, const std::string& missing);
  std::vector<Json> list(const ObjectRef& kind, const std::string& labels);
  std::vector<Json> events_of(const Json& object);
  std::string log_of(const PodFault& fault);
  std::string text_of(PodFault fault, std::size_t others);
  void add_pull_event(PodFault& fault);
  /// Calls what only makes the answer richer: a failure becomes a line of it.
  template <typename Read>
  void try_to(const Read& read);

  const Step& m_step;
  Fleet& m_fleet;
  Json m_live;
  std::vector<PodFault> m_faults;
  std::map<std::string, Json> m_pods;                ///< by name
  std::map<std::string, std::int64_t> m_restarts{};  ///< when a container was seen first
  std::set<std::string> m_unread;                    ///< what could not be read, and why
};

}  // namespace mesh
