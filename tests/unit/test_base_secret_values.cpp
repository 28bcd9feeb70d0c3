#include <catch2/catch.hpp>

#include "base/secret_values.hpp"
#include "mesh/base64.hpp"
#include "mesh/json.hpp"

namespace mesh {

namespace {

constexpr const char* k_value = R"(pa"ss'w<o>rd/\&+ü)";
constexpr const char* k_reference = "env:BASE_TEST";

}  // namespace

TEST_CASE("a kept value is masked as it is and in each encoding") {
  keep_secret_value(k_reference, k_value);
  const std::string value = k_value;
  for (const std::string& text :
       {value, Json(value).dump(), Json(value).dump(-1, ' ', true), base64_encode(value),
        base64_encode("u:" + value), base64_encode("us:" + value + ":rest"),
        base64_encode("use:" + value + "!"), std::string("pa%22ss%27w%3Co%3Erd%2F%5C%26%2B%C3%BC"),
        std::string("pa%22ss%27w%3co%3erd%2f%5c%26%2b%c3%bc"), std::string(R"(pa"ss''w<o>rd/\&+ü)"),
        std::string(R"(pa&quot;ss&apos;w&lt;o&gt;rd/\&amp;+ü)")}) {
    INFO(text);
    CHECK(shows_secret_value("before " + text + " after"));
    const std::string masked = without_secret_values("before " + text + " after");
    CHECK(masked.find("<masked>") != std::string::npos);
    CHECK_FALSE(shows_secret_value(masked));
    CHECK(masked.starts_with("before "));
    CHECK(masked.ends_with(" after"));
  }
}

TEST_CASE("each occurrence is masked, and nothing else") {
  keep_secret_value(k_reference, k_value);
  const std::string twice = std::string(k_value) + k_value;
  CHECK(without_secret_values(twice) == "<masked><masked>");
  CHECK(without_secret_values("pa\"ss'w<o>rd") == "pa\"ss'w<o>rd");
  CHECK_FALSE(shows_secret_value("a password"));
}

TEST_CASE("a value that is a part of another one leaves nothing of it") {
  keep_secret_value("env:LONG", "a-long-one-with-a-tail");
  keep_secret_value("env:SHORT", "a-long-one");
  CHECK(without_secret_values("a-long-one-with-a-tail a-long-one") == "<masked> <masked>");
}

TEST_CASE("a reference is resolved once") {
  CHECK(kept_secret_value("env:NEVER") == std::nullopt);
  keep_secret_value(k_reference, k_value);
  CHECK(kept_secret_value(k_reference) == k_value);
  CHECK(is_kept_secret_value(k_value));
  CHECK_FALSE(is_kept_secret_value("env:BASE_TEST"));
}

}  // namespace mesh
