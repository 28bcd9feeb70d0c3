#pragma once

#include <cstddef>
#include <functional>

namespace mesh {

/// Calls work(0..count-1), at most `width` at a time, and returns when all have returned. `work`
/// should not throw: a cluster's failure is part of its result, so that one never stops the others.
/// If it does, the first exception is thrown here when all are done.
void parallel_for(std::size_t count, std::size_t width,
                  const std::function<void(std::size_t)>& work);

}  // namespace mesh
