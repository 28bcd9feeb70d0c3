#include <catch2/catch.hpp>

#include "mesh/json.hpp"
#include "mesh/problem.hpp"

using mesh::Json;
using mesh::parse_json;

namespace {

std::string nested(std::size_t levels, const std::string& inmost) {
  return std::string(levels, '[') + inmost + std::string(levels, ']');
}

std::string refusal_of(const std::string& text) {
  try {
    parse_json(text, "it");
  } catch (const mesh::Failure& failure) {
    return failure.problem().message;
  }
  return {};
}

}  // namespace

TEST_CASE("a document nests as deep as is said, and no deeper") {
  const auto max = static_cast<std::size_t>(mesh::k_json_depth_max);
  CHECK(refusal_of(nested(max, "")).empty());
  CHECK(refusal_of(nested(max, "1")).empty());
  CHECK(refusal_of(nested(max + 1, "")).find("deeper than 64") != std::string::npos);
  // Far beyond what a stack would bear, and cut off, so that nothing of it would parse.
  CHECK(refusal_of(std::string(1'000'000, '{')).find("deeper") != std::string::npos);
}

TEST_CASE("a document has as many values as is said, and no more: each takes more than its text") {
  const auto zeros = [](std::size_t count) {
    std::string text = "[0";
    for (std::size_t at = 1; at < count; ++at) text += ",0";
    return text + "]";
  };
  const std::size_t max = std::size_t{4} << 20U;
  CHECK(refusal_of(zeros(max - 2)).empty());
  CHECK(refusal_of(zeros(max)).find("more than 4194304 values") != std::string::npos);
  CHECK(parse_json(Json{std::string(max + 1, ',')}.dump(), "it")[0].get<std::string>().size() >
        max);
}

TEST_CASE("brackets within texts are no depth") {
  const Json text = std::string(1000, '[') + R"(\"{)" + std::string(1000, '{');
  CHECK(parse_json(text.dump(), "it") == text);
  CHECK(parse_json(Json{{text, {text}}}.dump(), "it") == Json{{text, {text}}});
  // A quote that is escaped ends no text; a backslash that is escaped escapes nothing.
  const auto max = static_cast<std::size_t>(mesh::k_json_depth_max);
  CHECK(refusal_of(nested(max, R"("\"[")")).empty());
  CHECK(refusal_of(nested(max, R"("\\",[])")).find("deeper") != std::string::npos);
}

TEST_CASE("what is no JSON is said with its name") {
  CHECK(refusal_of("{\"a\": }").starts_with("it is not valid JSON: "));
  CHECK(refusal_of("\"\xff\"").starts_with("it is not valid JSON: "));
  CHECK(refusal_of("{} {}").starts_with("it is not valid JSON: "));
}

TEST_CASE("bytes behind a NUL are no part of a document, and neither is the NUL") {
  using std::string_literals::operator""s;
  CHECK(refusal_of("{}\0"s).starts_with("it is not valid JSON: byte 3 is NUL"));
  CHECK(refusal_of("{\"a\":1}\0{\"a\":2}"s).starts_with("it is not valid JSON: byte 8 is NUL"));
  CHECK(refusal_of("\0{}"s).starts_with("it is not valid JSON: byte 1 is NUL"));
  CHECK(refusal_of("\"a\0b\""s).starts_with("it is not valid JSON: byte 3 is NUL"));
  // Written as JSON writes it, it is a character like others.
  CHECK(parse_json(R"("a\u0000b")", "it") == "a\0b"s);
  CHECK(mesh::json_or_null("7\0 8"s).is_null());
  CHECK(mesh::json_or_null("7") == 7);
}
