#include "folder_support.hpp"
#include "patience_support.hpp"
#include <catch2/catch.hpp>

#include "base/yaml.hpp"

using mesh::Json;
using mesh::parse_yaml;
using mesh::test::cpu_seconds;
using mesh::test::problem_of;

namespace {

struct FaultRow {
  std::string text;
  std::string said;
};

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int round = 0; round < times; ++round) all += text;
  return all;
}

}  // namespace

TEST_CASE("a document is read as the JSON it stands for") {
  CHECK(parse_yaml("a: 1\nb: [x, {y: z}]\nc:\n- d\n", "f").value ==
        Json::parse(R"({"a":1,"b":["x",{"y":"z"}],"c":["d"]})"));
  CHECK(parse_yaml(R"({"a": {"b": [1, "yes", null]}})", "f").value ==
        Json::parse(R"({"a":{"b":[1,"yes",null]}})"));
  CHECK(parse_yaml("\ufeffa: 1\n", "f").value == Json{{"a", 1}});
  CHECK(parse_yaml("a: 1\n...\n", "f").value == Json{{"a", 1}});
}

TEST_CASE("an empty text is an empty mapping, an empty document is null") {
  for (const char* text : {"", "\n", "# nothing\n"}) {
    CHECK(parse_yaml(text, "f").value == Json::object());
  }
  CHECK(parse_yaml("---\n", "f").value.is_null());
}

TEST_CASE("what could be read in two ways is refused at its place") {
  const FaultRow row = GENERATE(
      FaultRow{"a: &x 1\nb: *x\n", "f:2:4: aliases are not supported"},
      FaultRow{"a: &x [*x]\n", "f:1:8: aliases are not supported"},
      FaultRow{"a: {}\n<<: {b: 1}\n", "f:2:1: merge keys are not supported"},
      FaultRow{"a: 1\nb: 2\na: 3\n", "f:3:1: key \"a\" is there twice"},
      FaultRow{"a:\n  b: {c: 1, c: 2}\n", "f:2:13: key \"c\" is there twice"},
      FaultRow{"a: !!binary Zm9v\n", "f:1:4: tags are not supported: tag:yaml.org,2002:binary"},
      FaultRow{"a: !mine x\n", "f:1:4: tags are not supported: !mine"},
      FaultRow{"? [a]\n: 1\n", "f:1:3: a key must be a text"},
      FaultRow{"a: 1\n---\nb: 2\n", "f:2:1: holds more than one document"},
      FaultRow{"a: [1, 2\nb: 3\n", "f:2:2: "}, FaultRow{"a: b: c\n", "f:1:"},
      FaultRow{"a: @x\n", "f:1:4: "});
  INFO(row.text);
  const mesh::Problem problem = problem_of([&] { parse_yaml(row.text, "f"); });
  CHECK(problem.code == "invalid-input");
  INFO(problem.message);
  CHECK(problem.message.starts_with(row.said));
}

TEST_CASE("a file that was cut off inside of a quote is not read as if it were whole") {
  const FaultRow row = GENERATE(FaultRow{"a: \"x\n", "f:1:4: a quote is not closed"},
                                FaultRow{"a: 1\nb: 'x\n", "f:2:4: a quote is not closed"});
  CHECK(problem_of([&] { parse_yaml(row.text, "f"); }).message == row.said);
  CHECK_THROWS(parse_yaml("a: \"x", "f"));
  CHECK_THROWS(parse_yaml("a: \"x\n  y\n", "f"));
  for (const char* whole : {"a: \"x\"", "a: 'x'\n", "a: \"x\" # y\n", "a: 'x'\n...\n", "{a: \"x\"}",
                            "---\na: 'it''s'\n"}) {
    INFO(whole);
    CHECK_NOTHROW(parse_yaml(whole, "f"));
  }
}

TEST_CASE("depth, size and number are bounded") {
  const auto said = [](const std::string& text) {
    return problem_of([&] { parse_yaml(text, "f"); }).message;
  };
  CHECK(said(repeated("[", 66) + repeated("]", 66)).ends_with("nests too deep"));
  CHECK(said(repeated("[", 100'000)).starts_with("f:"));
  CHECK(said(repeated("{a: ", 1000)).starts_with("f:"));
  CHECK(said(std::string((1U << 20U) + 1, '#')) == "f:1:1: is larger than 1024 KiB");
  CHECK(said(repeated("- x\n", 40'001)).ends_with("holds too many values"));
  CHECK_NOTHROW(parse_yaml(repeated("[", 64) + repeated("]", 64), "f"));
  CHECK_NOTHROW(parse_yaml(repeated("- x\n", 39'999), "f"));
  CHECK_NOTHROW(
      parse_yaml(repeated("- x\n", 60'000), "f", {.bytes = 1U << 20U, .values = 100'000}));
}

TEST_CASE("a text that is made to be slow is not") {
  std::string keys;
  for (int key = 0; key < 19'000; ++key) keys += "k" + std::to_string(key) + ": 1\n";
  const std::string text =
      GENERATE_COPY(as<std::string>{}, keys, repeated("? ", 100'000), repeated("- ", 100'000),
                    repeated("a: ", 100'000), "a: \"" + repeated("\\u0041", 100'000) + "\"\n");
  const double begun = cpu_seconds();
  try {
    parse_yaml(text, "f");
  } catch (const mesh::Failure&) {
    // Refused is as good as read.
  }
  CHECK(cpu_seconds() - begun < 30);
}

TEST_CASE("a long text is the same wherever it stands") {
  const std::string pem = "LS0t" + repeated("Ab9+/=", 300);
  const std::string token = "eyJh" + repeated("bGci.T_iJ-SUz", 30);
  const Json read = parse_yaml("a: " + pem + "\nb: " + token + "\r\nc:\n- " + pem + "\n- x\nd: \"" +
                                   "y " + pem + "\n  z\"\ne: |\n  v " + token + "\n  w\nf: " + pem +
                                   "\n  more\ng: last " + token,
                               "f")
                        .value;
  CHECK(read == Json{{"a", pem},
                     {"b", token},
                     {"c", {pem, "x"}},
                     {"d", "y " + pem + " z"},
                     {"e", "v " + token + "\nw\n"},
                     {"f", pem + " more"},
                     {"g", "last " + token}});
  CHECK(parse_yaml("a: 1 # " + pem + "\nb: 2\n", "f").value == Json{{"a", 1}, {"b", 2}});
  // Digits alone are a number to YAML, however many.
  CHECK(parse_yaml("a: " + repeated("7", 80) + "\n", "f").value["a"].is_number());
  CHECK(problem_of([&] {
          parse_yaml("a: " + pem + "\nb: &x 1\nc: *x\n", "f");
        }).message.starts_with("f:3:4: "));
}

TEST_CASE("a kubeconfig of many clusters is read in no time") {
  std::string text = "clusters:\n";
  const std::string pem = "LS0t" + repeated("Ab9+", 2000);
  for (int cluster = 0; cluster < 100; ++cluster) text += "- data: " + pem + "\n";
  const double begun = cpu_seconds();
  CHECK(parse_yaml(text, "f").value["clusters"].size() == 100);
  CHECK(cpu_seconds() - begun < 2);
}

TEST_CASE("every value knows its place, by its JSON pointer") {
  const mesh::YamlDocument document =
      parse_yaml("a: 1\nlist:\n- x: 2\n- [3]\n\"b/c~\":\n  d:\n", "f");
  const auto place = [&](const std::string& pointer) {
    const auto found = document.places.find(pointer);
    REQUIRE(found != document.places.end());
    return std::pair(found->second.value.line, found->second.value.column);
  };
  CHECK(place("") == std::pair(1, 1));
  CHECK(place("/a") == std::pair(1, 4));
  CHECK(place("/list/0") == std::pair(3, 3));
  CHECK(place("/list/1/0") == std::pair(4, 4));
  CHECK(place("/b~1c~0").first == 6);
  CHECK(place("/b~1c~0/d") == std::pair(6, 3));  // of the key
}

TEST_CASE("a text of several documents: each is read, empty ones are left out") {
  using mesh::parse_yaml_documents;
  CHECK(parse_yaml_documents("a: 1\n---\n# nothing\n--- # b\nb: |\n  x\n  ---\n---\n", "f") ==
        std::vector<Json>{{{"a", 1}}, {{"b", "x\n---\n"}}});
  CHECK(parse_yaml_documents("", "f").empty());
  const auto refused = [](const char* text) {
    return problem_of([&] { parse_yaml_documents(text, "f"); }).message;
  };
  CHECK_THAT(refused("a: 1\n---\nb: 2\nb: 3\n"), Catch::StartsWith("f:4:1: "));
  CHECK_THAT(refused("---\n---\na: [\n"), Catch::StartsWith("f:4:"));
}
