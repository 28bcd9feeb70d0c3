#include <catch2/catch.hpp>

#include "kube/server_clock.hpp"

using std::literals::chrono_literals::operator""s;
using std::literals::chrono_literals::operator""ms;
using mesh::ServerClock;

namespace {

/// 2026-12-01T00:42:57Z
const ServerClock::Time k_noon{std::chrono::seconds(1796085777)};
constexpr const char* k_date = "Tue, 01 Dec 2026 00:42:57 GMT";

}  // namespace

TEST_CASE("server clock: an answer within the exchange shows no difference") {
  ServerClock clock;
  CHECK_FALSE(clock.ahead());
  clock.note(k_date, k_noon - 1s, k_noon + 1s);
  CHECK(clock.ahead() == 0s);
}

TEST_CASE("server clock: the difference is the least that the answer allows") {
  struct Row {
    std::chrono::milliseconds sent, received;  ///< after the server's stamp
    std::chrono::seconds ahead;
  };
  const Row row = GENERATE(Row{-100s, -90s, 90s}, Row{90s, 100s, -89s}, Row{900ms, 1500ms, 0s},
                           Row{-70s, 30s, 0s}, Row{-1500ms, -1200ms, 1s});
  ServerClock clock;
  clock.note(k_date, k_noon + row.sent, k_noon + row.received);
  CHECK(clock.ahead() == row.ahead);
}

TEST_CASE("server clock: the answer that came at once counts, before and after a slow one") {
  const bool slow_first = GENERATE(true, false);
  ServerClock clock;
  if (slow_first) clock.note(k_date, k_noon - 500s, k_noon + 500s);
  clock.note(k_date, k_noon - 100s, k_noon - 99s);
  if (!slow_first) clock.note(k_date, k_noon - 500s, k_noon + 500s);
  CHECK(clock.ahead() == 99s);
}

TEST_CASE("server clock: what is no date is passed over") {
  const std::string date =
      GENERATE("", "yesterday", "Tue, 01 Dec 2026", "Tue, 01 Dec 2026 00:42:57 CET",
               "2026-12-01T00:42:57Z", "Tue, 01 Dec 2026 00:42:57 GMT and more");
  ServerClock clock;
  clock.note(date, k_noon, k_noon);
  CHECK_FALSE(clock.ahead());
}
