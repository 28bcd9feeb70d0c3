#include "unit/schema_support.hpp"
#include <catch2/catch.hpp>

#include "mesh/time.hpp"

using mesh::read_duration;
using mesh::read_time;
using mesh::time_text;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using std::chrono::sys_time;

TEST_CASE("times: what is written is RFC 3339 in UTC and reads as the same moment") {
  CHECK(time_text(sys_seconds()) == "1970-01-01T00:00:00Z");
  CHECK(time_text(sys_seconds(seconds(1'835'481'599))) == "2028-02-29T23:59:59Z");
  const sys_time<milliseconds> fine(milliseconds(1'700'000'000'007));
  CHECK(time_text(fine) == "2023-11-14T22:13:20.007Z");
  CHECK(read_time("2023-11-14T22:13:20.007Z") == fine);
  CHECK(read_time("2023-11-14T22:13:20.0070009Z") == fine);
  CHECK(read_time("2023-11-14T22:13:20.5Z") == fine + milliseconds(493));
  CHECK(read_time("2028-02-29T23:59:59Z") == sys_seconds(seconds(1'835'481'599)));
}

TEST_CASE("times: other texts are none, here and by the schema") {
  const char* text = GENERATE(
      "", "soon", "2026-12-01", "2026-12-01T06:00:00", "2026-12-01T06:00:00+01:00",
      "2026-12-01T06:00:00.Z", "2026-12-01T06:00:00.0123456789Z", "2026-12-01 06:00:00Z",
      "2026-13-01T06:00:00Z", "2026-12-01T24:00:00Z", "2026-12-01T06:60:00Z",
      "2026-12-01T06:00:61Z", "1764568800", " 2026-12-01T06:00:00Z", "2026-12-01T06:00:00ZZ");
  CAPTURE(text);
  CHECK_FALSE(read_time(text));
  CHECK(mesh::test::misfit(text, "time.json", "/definitions/time") != "");
}

TEST_CASE("times: the schema takes what is written") {
  CHECK(mesh::test::misfit(time_text(sys_seconds()), "time.json", "/definitions/time") == "");
  CHECK(mesh::test::misfit(time_text(sys_time<milliseconds>(milliseconds(1))), "time.json",
                           "/definitions/time") == "");
  CHECK_FALSE(read_time("2027-02-29T00:00:00Z"));  // a day that only a calendar knows
}

TEST_CASE("durations: a number and one unit") {
  CHECK(read_duration("90m") == seconds(5400));
  CHECK(read_duration("10y") == seconds(315'360'000));
  CHECK(read_duration("0s") == seconds(0));
  const char* text =
      GENERATE("", "90", "m", "1h30m", "500ms", "-1s", "1.5h", "2000y", " 1s", "1s ");
  CAPTURE(text);
  CHECK_FALSE(read_duration(text));
}
