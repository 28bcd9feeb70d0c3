#include <catch2/catch.hpp>

#include "base/yaml.hpp"

using mesh::Json;
using mesh::parse_yaml;

namespace {

struct ScalarRow {
  std::string text;
  Json value;
};

Json read(const std::string& text) {
  return parse_yaml("key: " + text + "\n", "f").value["key"];
}

}  // namespace

// What sigs.k8s.io/yaml, and with it kubectl, makes of a plain scalar: YAML 1.1.

TEST_CASE("words of YAML 1.1 are booleans and null") {
  for (const char* word :
       {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"}) {
    CHECK(read(word) == true);
  }
  for (const char* word : {"n", "N", "no", "No", "NO", "false", "False", "off", "Off", "OFF"}) {
    CHECK(read(word) == false);
  }
  for (const char* word : {"", "~", "null", "Null", "NULL"}) CHECK(read(word).is_null());
}

TEST_CASE("numbers are those of Go") {
  const ScalarRow row =
      GENERATE(ScalarRow{"0", 0}, ScalarRow{"42", 42}, ScalarRow{"-7", -7}, ScalarRow{"+7", 7},
               ScalarRow{"010", 8}, ScalarRow{"-010", -8}, ScalarRow{"0o17", 15},
               ScalarRow{"0x1F", 31}, ScalarRow{"0X1f", 31}, ScalarRow{"-0x10", -16},
               ScalarRow{"0b101", 5}, ScalarRow{"1_000", 1000}, ScalarRow{"08", 8.0},
               ScalarRow{"9223372036854775807", 9223372036854775807},
               ScalarRow{"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
               ScalarRow{"18446744073709551615", 18446744073709551615U}, ScalarRow{"1.5", 1.5},
               ScalarRow{"-.5", -0.5}, ScalarRow{"1e3", 1000.0}, ScalarRow{"+1.5E-1", 0.15},
               ScalarRow{"18446744073709551616", 18446744073709551616.0});
  INFO(row.text);
  CHECK(read(row.text) == row.value);
  CHECK(read(row.text).is_number());
}

TEST_CASE("what only looks like a number is a text") {
  const std::string text =
      GENERATE("--5", "+-5", "-+5", "0x", "0x-5", "0b2", "1.2.3", "v1", "1e", "e3", "_1", "inf",
               ".inf.", "nan", "infinity", "0x1p3", "1:30", "2026-11-23", "5m", "10.0.0.0/8",
               "10.0.0.1", "-", "+", ".", "yess", "nO", "TrUe", "nulL");
  INFO(text);
  if (text == "-") {
    CHECK_THROWS(read(text));  // a list that is not allowed there
  } else {
    CHECK(read(text) == text);
  }
}

TEST_CASE("quoted scalars and blocks are texts, whatever they look like") {
  for (const char* text : {"'yes'", "\"yes\"", "|-\n  yes", ">-\n  yes"})
    CHECK(read(text) == "yes");
  for (const char* text : {"'010'", "\"010\""}) CHECK(read(text) == "010");
  for (const char* text : {"''", "\"\""}) CHECK(read(text) == "");
}
