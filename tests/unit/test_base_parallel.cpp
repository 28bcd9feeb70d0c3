#include <atomic>
#include <vector>

#include "patience_support.hpp"
#include <catch2/catch.hpp>

#include "base/parallel.hpp"

using mesh::parallel_for;
using mesh::test::eventually;

TEST_CASE("every item is worked once, whatever the width") {
  const std::size_t width = GENERATE(0U, 1U, 3U, 64U);
  const std::size_t count = GENERATE(0U, 1U, 7U, 100U);
  std::vector<std::atomic<int>> worked(count);
  parallel_for(count, width, [&](std::size_t index) { ++worked[index]; });
  for (const auto& times : worked) CHECK(times == 1);
}

TEST_CASE("as many are worked at once as the width allows, and no more") {
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  parallel_for(12, 4, [&](std::size_t) {
    const int running = ++now;
    for (int seen = most; running > seen && !most.compare_exchange_weak(seen, running);) {
    }
    eventually([&] { return most >= 4; });
    --now;
  });
  CHECK(most == 4);
}

TEST_CASE("a slow item does not hold up the others") {
  std::atomic<int> quick{0};
  int seen_by_slow = 0;
  parallel_for(9, 2, [&](std::size_t index) {
    if (index != 0) {
      ++quick;
      return;
    }
    eventually([&] { return quick == 8; });
    seen_by_slow = quick;
  });
  CHECK(seen_by_slow == 8);
}
