#include <limits>

#include <catch2/catch.hpp>

#include "kube/retry.hpp"

using mesh::Ending;
using mesh::k_tries_max;
using mesh::next_try;
using mesh::parse_retry_after;
using mesh::Repeat;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

Ending answered(int status, std::optional<seconds> retry_after = {}) {
  return {.status = status, .maybe_sent = true, .worth_it = true, .retry_after = retry_after};
}

Ending broken(bool maybe_sent, bool worth_it) {
  return {.status = 0, .maybe_sent = maybe_sent, .worth_it = worth_it, .retry_after = {}};
}

}  // namespace

TEST_CASE("a webhook that is down is tried three times, whatever the write") {
  Ending down = answered(500);
  down.webhook_down = true;
  for (const Repeat repeat : {Repeat::freely, Repeat::after_look}) {
    CHECK(next_try(down, repeat, 1));
    CHECK(next_try(down, repeat, 2));
    CHECK_FALSE(next_try(down, repeat, 3));
  }
}

TEST_CASE("which answers are worth another try, by how safely it may be repeated") {
  struct Row {
    int status;
    bool freely, after_look;
  };
  const Row row = GENERATE(
      Row{200, false, false}, Row{201, false, false}, Row{302, false, false},
      Row{400, false, false}, Row{401, false, false}, Row{403, false, false},
      Row{404, false, false}, Row{409, false, false}, Row{410, false, false},
      Row{422, false, false}, Row{429, true, true},  // refused before it was done
      Row{500, true, false}, Row{501, false, false}, Row{502, true, false}, Row{503, true, false},
      Row{504, true, false}, Row{505, false, false}, Row{520, true, false});
  const int tries = GENERATE(1, 2, k_tries_max - 1);
  INFO(row.status);
  CHECK(next_try(answered(row.status), Repeat::freely, tries).has_value() == row.freely);
  CHECK(next_try(answered(row.status), Repeat::after_look, tries).has_value() == row.after_look);
  CHECK_FALSE(next_try(answered(row.status), Repeat::freely, k_tries_max));
}

TEST_CASE("which broken connections are worth another try") {
  struct Row {
    bool maybe_sent, worth_it;
    int tries;
    bool freely, after_look;
  };
  const Row row = GENERATE(Row{true, true, 1, true, false}, Row{true, true, 9, true, false},
                           Row{true, true, 10, false, false}, Row{false, true, 1, true, true},
                           Row{false, true, 2, true, true},
                           Row{false, true, 3, false, false},  // nobody listens
                           Row{true, false, 1, false, false}, Row{false, false, 1, false, false});
  const Ending ending = broken(row.maybe_sent, row.worth_it);
  CHECK(next_try(ending, Repeat::freely, row.tries).has_value() == row.freely);
  CHECK(next_try(ending, Repeat::after_look, row.tries).has_value() == row.after_look);
}

TEST_CASE("waits grow, are spread, and end at half a minute") {
  const int tries = GENERATE(range(1, 10));
  const milliseconds ceiling =
      std::min(milliseconds(200) * (1 << (tries - 1)), milliseconds(30'000));
  milliseconds least = milliseconds::max();
  milliseconds most{0};
  for (int round = 0; round < 300; ++round) {
    const milliseconds wait = next_try(answered(503), Repeat::freely, tries).value();
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  CHECK(least >= ceiling / 4);
  CHECK(most <= ceiling);
  CHECK(most - least > ceiling / 4);
}

TEST_CASE("what the server asks for is waited, and never less than the first wait") {
  const int status = GENERATE(429, 503);
  const auto wait = [&](int asked) {
    return next_try(answered(status, seconds(asked)), Repeat::freely, 1).value();
  };
  CHECK(wait(5) == seconds(5));
  CHECK(wait(32) == seconds(32));
  CHECK(wait(0) >= milliseconds(50));
  CHECK(wait(0) <= milliseconds(200));
  // No overflow: the caller sees that this is beyond its deadline and gives up.
  CHECK(wait(std::numeric_limits<int>::max()) == seconds(std::numeric_limits<int>::max()));
}

TEST_CASE("Retry-After is whole seconds, and anything else is as if it were not there") {
  CHECK(parse_retry_after("0") == seconds(0));
  CHECK(parse_retry_after("120") == seconds(120));
  const std::string odd = GENERATE("", " ", "-1", "+1", "1.5", "1s", " 5", "5 ", "0x5", "five",
                                   "99999999999999999999", "Fri, 31 Dec 1999 23:59:59 GMT");
  INFO(odd);
  CHECK_FALSE(parse_retry_after(odd));
}
