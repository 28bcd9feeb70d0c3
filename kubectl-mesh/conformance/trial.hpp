#pragma once

#include "conformance/rule.hpp"

namespace mesh::conformance {

/// Judges by one rule in a child of this process, in a group of its own that is ended with it. A
/// crash, an exit or a hang of the plugin becomes the rule's verdict; what it prints reaches
/// nobody. Throws Failure("cancelled") if the run is to end.
Verdict try_rule(const Rule& rule, const Subject& subject);

/// What this process has printed since the trial began: for the rule that forbids it.
std::string printed_so_far();

}  // namespace mesh::conformance
