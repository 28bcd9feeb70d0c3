#pragma once

#include "conformance/rule.hpp"

namespace mesh::conformance {

/// What a run time with handlers of its own still leaves: no signal is ignored or masked, so that
/// each ends the process or reaches somebody.
Verdict ignores_no_signal(const Subject& subject);

}  // namespace mesh::conformance
