#include <catch2/catch.hpp>

#include "base/cancel.hpp"

using mesh::seconds_text;
using std::chrono::milliseconds;

TEST_CASE("a span is told in the unit in which it is not nothing") {
  CHECK(seconds_text(milliseconds(0)) == "0 ms");
  CHECK(seconds_text(milliseconds(30)) == "30 ms");
  CHECK(seconds_text(milliseconds(499)) == "500 ms");
  CHECK(seconds_text(milliseconds(999)) == "1 s");
  CHECK(seconds_text(milliseconds(1000)) == "1 s");
  CHECK(seconds_text(milliseconds(2540)) == "2.5 s");
  CHECK(seconds_text(milliseconds(10000)) == "10 s");
}
