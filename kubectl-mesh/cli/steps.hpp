#pragma once

#include <string>
#include <vector>

#include "plan/diff.hpp"

namespace mesh {

// How steps are told, the same in a plan and in its result.

struct ChangeWords {
  const char* sign;  ///< "+"
  const char* name;  ///< "wait", in documents
  const char* todo;  ///< "wait for"
  const char* done;  ///< "reached"
};
const ChangeWords& words_of(const Step& step);

/// What the step is about: "Secret istio-system/cacerts", "file ~/x/root.pem", "program helm".
std::string subject_of(const Step& step);
/// Where steps happen, in their order; "" is this machine.
std::vector<std::string> places_of(const std::vector<Step>& steps);
/// "game-gke", or "this machine", as a heading.
std::string heading_of(const std::string& place);
/// How many clusters the steps change.
std::size_t clusters_changed(const std::vector<Step>& steps);
/// One line per object that a step is about and changes: CLUSTER/KIND/NAMESPACE/NAME.
std::string step_names(const std::vector<Step>& steps);

}  // namespace mesh
