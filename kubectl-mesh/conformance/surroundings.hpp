#pragma once

#include "conformance/rule.hpp"

namespace mesh::conformance {

/// What a run time with handlers of its own still leaves: it ignores and masks no signal that it
/// found otherwise.
Verdict ignores_no_signal(const Subject& subject);

}  // namespace mesh::conformance
