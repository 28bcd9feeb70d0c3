#pragma once

#include <string>

#include "plan/diff.hpp"

namespace mesh {

/// Throws a Failure that names the cluster and the object of `step`.
[[noreturn]] void fail_step(const Step& step, const char* code, const std::string& what,
                            const std::string& hint = {});

/// Returns the object of `step` as the cluster has it now; null when it is not there.
Json read_now(const Step& step, Fleet& fleet);
/// The same for many objects, in parallel and in few requests; answers in the order of `reads`.
std::vector<ReadResult> read_now(const std::vector<Read>& reads, Fleet& fleet);

}  // namespace mesh
