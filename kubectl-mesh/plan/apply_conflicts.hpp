#pragma once

#include <vector>

#include "kube/status.hpp"
#include "plan/diff.hpp"

namespace mesh {

// Server-side apply refuses to change a field that another manager owns; kubectl mesh never forces
// it.

/// A refused apply in words: each field with its manager, what is there (`live`) and what is
/// wanted.
Problem conflict_problem(const Step& step, const ConflictFailure& conflict, const Json& live);

/// The applies among `steps` that their servers would refuse. Only where managedFields name another
/// manager of a field that changes is the server asked, by a dry run.
std::vector<Problem> foreseen_conflicts(const std::vector<Step>& steps, Fleet& fleet);

}  // namespace mesh
