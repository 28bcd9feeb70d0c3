#include <catch2/catch.hpp>

#include "base/cancel.hpp"

using mesh::seconds_text;
using namespace std::chrono_literals;

TEST_CASE("a span is told in the unit in which it is not nothing") {
  CHECK(seconds_text(0ms) == "0 ms");
  CHECK(seconds_text(30ms) == "30 ms");
  CHECK(seconds_text(999ms) == "999 ms");
  CHECK(seconds_text(1s) == "1 s");
  CHECK(seconds_text(2540ms) == "2.5 s");
  CHECK(seconds_text(10s) == "10 s");
}
