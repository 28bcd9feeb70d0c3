#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

namespace mesh::certs {

/// One result per item, in their order, made on all processors. Of several that fail the first
/// one's exception is thrown, so that the same input fails the same way every time.
template <typename Result, typename Item, typename Work>
std::vector<Result> at_once(const std::vector<Item>& items, const Work& work) {
  std::vector<Result> results(items.size());
  std::vector<std::exception_ptr> errors(items.size());
  std::atomic<std::size_t> next{0};
  const auto take = [&] {
    for (std::size_t at = next++; at < items.size(); at = next++) {
      try {
        results[at] = work(items[at]);
      } catch (...) {
        errors[at] = std::current_exception();
      }
    }
  };
  {
    const std::size_t processors = std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::jthread> helpers;
    for (std::size_t helper = 1; helper < std::min(processors, items.size()); ++helper)
      helpers.emplace_back(take);
    take();  // the caller works too: one item costs no thread
  }
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
  return results;
}

}  // namespace mesh::certs
