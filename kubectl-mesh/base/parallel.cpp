#include "base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace mesh {

void parallel_for(std::size_t count, std::size_t width,
                  const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr unexpected;
  const auto take = [&] {
    for (std::size_t index = next++; index < count; index = next++) {
      try {
        work(index);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        if (!unexpected) unexpected = std::current_exception();
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (std::size_t helper = 1; helper < std::min(count, width); ++helper) {
      helpers.emplace_back(take);
    }
    take();  // the caller works too: one item costs no thread
  }
  if (unexpected) std::rethrow_exception(unexpected);
}

}  // namespace mesh
