#include "base/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace mesh {

void parallel_for(std::size_t count, std::size_t width,
                  const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  const auto take = [&] {
    for (std::size_t index = next++; index < count; index = next++) work(index);
  };
  std::vector<std::jthread> helpers;
  for (std::size_t helper = 1; helper < std::min(count, width); ++helper) {
    helpers.emplace_back(take);
  }
  take();  // the caller works too: one item costs no thread
}

}  // namespace mesh
