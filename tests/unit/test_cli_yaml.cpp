#include <array>
#include <cstdio>
#include <random>

#include "cli_support.hpp"
#include <catch2/catch.hpp>

#include "base/yaml.hpp"
#include "cli/document_text.hpp"

namespace mesh {

TEST_CASE("YAML looks as kubectl prints it") {
  const Json document{{"apiVersion", "v1"},
                      {"count", 3},
                      {"ratio", 0.5},
                      {"nothing", nullptr},
                      {"on", true},
                      {"empty", {{"list", Json::array()}, {"map", Json::object()}, {"text", ""}}},
                      {"items", {{{"name", "a"}, {"tags", {"x", "y"}}}, "plain", {1, 2}}}};
  CHECK(to_yaml(document) == R"(apiVersion: v1
count: 3
empty:
  list: []
  map: {}
  text: ""
items:
- name: a
  tags:
  - x
  - "y"
- plain
- - 1
  - 2
nothing: null
"on": true
ratio: 0.5
)");
}

TEST_CASE("a text that could be read as something else is quoted") {
  const std::string word = GENERATE(
      as<std::string>(), "", "~", "null", "NULL", "true", "True", "yes", "NO", "on", "Off", "y",
      "N", "1", "-1", "+1", "0x1F", "0o17", "012", "1e3", "1E+3", "1_000", "1.5", ".5", "1:30",
      "190:20:30", "2026-11-23", "2026-11-23T20:15:00Z", ".inf", "-.INF", ".nan", "=", "<<", "-",
      "- a", "? a", ": a", "a: b", "a:", "a #b", "#a", "*a", "&a", "!a", "|", ">", "%a", "@a", "`a",
      "{a}", "[a]", "a\tb", " a", "a ", "\"a\"", "'a'", "a\\b", "---", "...", "1.1.1");
  const std::string text = to_yaml(word);
  CHECK(text.front() == '"');
  CHECK(parse_yaml("key: " + text, "test").value["key"] == word);
}

TEST_CASE("a harmless text stands as it is") {
  const std::string word =
      GENERATE(as<std::string>(), "v1", "kube-system", "istio-system/cacerts", "rsa2048", "10y",
               "a b", "game-*", "https://a.example:6443", "app.kubernetes.io/name", "truest",
               "spiffe://cluster.local/ns/a", "/etc/x", "10.0.0.1/24", "Secret (v1), two");
  CHECK(to_yaml(word) == word + "\n");
}

TEST_CASE("several lines stand as a block, if they can") {
  CHECK(to_yaml(Json{{"pem", "-----BEGIN X-----\nMIIB\n\nAA==\n-----END X-----\n"}}) ==
        "pem: |\n  -----BEGIN X-----\n  MIIB\n\n  AA==\n  -----END X-----\n");
  CHECK(to_yaml(Json{{"a", "x\ny"}}) == "a: \"x\\ny\"\n");
  CHECK(to_yaml(Json{{"a", " x\ny\n"}}) == "a: \" x\\ny\\n\"\n");
  CHECK(to_yaml(Json{{"a", "x\ny\n\n"}}) == "a: \"x\\ny\\n\\n\"\n");
}

TEST_CASE("nothing in a document can steer a terminal") {
  CHECK(to_yaml(Json{{"a", "\x1b[2J\u009b\u202e\u00e9"}}) == "a: \"\\x1b[2J\\x9b\\u202e\u00e9\"\n");
  CHECK(document_text(Json{{"a", "\x1b\u009b\u202e"}}, OutputFormat::json) ==
        "{\n  \"a\": \"\\u001b\\u009b\\u202e\"\n}\n");
}

/// Documents of every shape, with texts that are easily misread.
class Maker {
 public:
  Json any(int depth) {
    switch (pick(depth > 0 ? 8 : 6)) {
      case 0:
        return nullptr;
      case 1:
        return pick(2) == 0;
      case 2:
        return static_cast<std::int64_t>(m_random()) - (std::int64_t{1} << 31);
      case 3:
        return std::ldexp(static_cast<double>(m_random()), static_cast<int>(pick(200)) - 100);
      case 6: {
        Json list = Json::array();
        for (std::size_t count = pick(4); count > 0; --count) list.push_back(any(depth - 1));
        return list;
      }
      case 7: {
        Json object = Json::object();
        for (std::size_t count = pick(4); count > 0; --count) object[text()] = any(depth - 1);
        return object;
      }
      default:
        return text();
    }
  }

 private:
  std::size_t pick(std::size_t count) { return m_random() % count; }

  std::string text() {
    constexpr std::array<const char*, 42> k_pieces{
        "a", "1", "0", "x",  "e",    "y",  "no",     "true",   "null",      "-", "+",
        ".", ":", " ", "\n", "\t",   "#",  "'",      "\"",     "\\",        "|", ">",
        "&", "*", "!", "%",  "@",    "`",  "{",      "}",      "[",         "]", ",",
        "?", "=", "~", "<",  "\x1b", "\r", "\u00e9", "\u2028", "\U0001f512"};
    std::string made;
    for (std::size_t count = pick(7); count > 0; --count) made += k_pieces[pick(k_pieces.size())];
    return made;
  }

  std::mt19937 m_random{20261123};
};

TEST_CASE("what is written is read back equal, by our reader") {
  Maker maker;
  for (int count = 0; count < 2000; ++count) {
    const Json document{{"root", maker.any(4)}};
    const std::string text = to_yaml(document);
    INFO(text);
    CHECK(parse_yaml(text, "test").value == document);
  }
}

/// PyYAML reads YAML 1.1, as kubectl does.
constexpr const char* k_reader = R"(
import json, sys, yaml
count = 0
for line in open(sys.argv[1], encoding="utf-8"):
    pair = json.loads(line)
    read = yaml.load(pair["yaml"], Loader=yaml.SafeLoader)
    if json.dumps(read, sort_keys=True) != json.dumps(pair["json"], sort_keys=True):
        print("differs:", pair["yaml"])
    count += 1
print("read", count)
)";

TEST_CASE("what is written is read back equal, by PyYAML") {
  if (std::system("/usr/bin/python3 -c 'import yaml' 2> /dev/null") != 0) {
    WARN("no python3 with yaml on this machine");
    return;
  }
  const test::TemporaryFolder folder;
  Maker maker;
  std::string lines;
  for (int count = 0; count < 1000; ++count) {
    const Json document = maker.any(4);
    lines += Json{{"json", document}, {"yaml", to_yaml(document)}}.dump() + "\n";
  }
  const auto documents = folder.write("documents", lines);
  const auto reader = folder.write("reader.py", k_reader);
  const auto answer = folder.path() / "answer";
  const std::string command = "/usr/bin/python3 " + reader.string() + " " + documents.string() +
                              " > " + answer.string() + " 2>&1";
  CHECK(std::system(command.c_str()) == 0);
  CHECK(test::content(answer) == "read 1000\n");
}

}  // namespace mesh
