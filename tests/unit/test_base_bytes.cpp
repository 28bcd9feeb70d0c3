#include "mutations.hpp"

#include "base/text.hpp"
#include "base/yaml.hpp"
#include "mesh/base64.hpp"
#include "mesh/json.hpp"
#include "mesh/selector.hpp"

using mesh::test::survives;

namespace {

const std::vector<std::string> k_yaml{
    "apiVersion: kubectl-mesh.dev/v1\nclusters:\n- context: a\n  network: n\nconcerns: {dns: "
    "{suffix: global}}\n",
    "a: &x [1, 2]\nb: *x\nc: |\n  text\n  more\nd: \"\\u0041\"\n--- # next\ne: !!str 1\n",
    "users:\n- name: u\n  user:\n    exec: {command: login, args: [a, b], env: null}\n"};
const std::vector<std::string> k_json{
    R"({"kind":"Plan","actions":[{"type":"apply","object":{"metadata":{"name":"x"}}}],"n":[1,-2.5e3,true,null]})",
    R"({"matchLabels":{"a":"b"},"matchExpressions":[{"key":"k","operator":"In","values":["v"]}]})",
    R"(["\u00e4\ud83d\ude00", "", {}, [[[]]]])"};

}  // namespace

TEST_CASE("bytes: JSON of anybody", "[mutations]") {
  survives(k_json, [](const std::string& bytes) {
    const mesh::Json document = mesh::parse_json(bytes, "it");
    mesh::to_text(document);
    mesh::selects(document, {{"a", "b"}});
    mesh::labels_of(document);
  });
}

TEST_CASE("bytes: JSON that may be none", "[mutations]") {
  survives(k_json, [](const std::string& bytes) { mesh::to_text(mesh::json_or_null(bytes)); });
}

TEST_CASE("bytes: YAML of an operator or a cluster", "[mutations]") {
  survives(k_yaml, [](const std::string& bytes) { mesh::parse_yaml(bytes, "it"); });
}

TEST_CASE("bytes: YAML of several documents", "[mutations]") {
  survives(k_yaml, [](const std::string& bytes) { mesh::parse_yaml_documents(bytes, "it"); });
}

TEST_CASE("bytes: text for a terminal", "[mutations]") {
  survives({"plain", "\x1b[31mred\x1b[0m", "\xe2\x80\xae", "a\tb\r\nc"},
           [](const std::string& bytes) {
             for (const bool lines : {false, true}) {
               const std::string safe = mesh::escape_terminal(bytes, lines);
               if (safe.find('\x1b') != std::string::npos) FAIL("an escape is left");
               mesh::display_width(safe);
             }
             mesh::nearest(bytes.substr(0, 40), {"install", "verify"});
           });
}

TEST_CASE("bytes: base64", "[mutations]") {
  survives({"aGVsbG8=", "aGVsbG8", "", "====", "aGVs\nbG8="}, [](const std::string& bytes) {
    mesh::base64_decode(bytes);
    if (mesh::base64_decode(mesh::base64_encode(bytes)) != bytes)
      FAIL("not the same again: " << mesh::test::shown_bytes(bytes));
  });
}
