#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include "unit/plugin_support.hpp"

#include "base/secret_values.hpp"
#include "plugin/secret_places.hpp"
#include "plugin/secret_settings.hpp"
#include "plugin/settings.hpp"

namespace mesh {

using Catch::Contains;
using test::Environment;
using test::PluginFolder;
using test::problem_of;

namespace {

Extension keeper() {
  Extension extension;
  extension.point = "ca/1";
  extension.name = "vault";
  extension.settings = Json::parse(R"({"type": "object", "properties": {
    "token": {"type": "string", "format": "secret"},
    "by-name": {"type": "object", "additionalProperties": {"type": "string", "format": "secret"}},
    "list": {"type": "array", "items": {"type": "string", "format": "secret"}}}})");
  return extension;
}

Json resolved_settings(const Json& settings) {
  return with_settings(keeper(), {{"settings", settings}}).at("settings");
}

Problem refused_secret(const Json& settings) {
  Problem problem = problem_of([&] { resolved_settings(settings); });
  CHECK(problem.code == "invalid-input");
  return problem;
}

std::filesystem::path file_of(const PluginFolder& folder, const std::string& name,
                              const std::string& text, mode_t mode) {
  const std::filesystem::path path = folder.path() / name;
  std::ofstream(path) << text;
  ::chmod(path.c_str(), mode);
  return path;
}

std::string misuse(const char* schema) {
  return secret_misuse(Json::parse(schema));
}

Json plan_that_does(const Json& action) {
  return {{"kind", "Plan"}, {"actions", {action}}};
}

}  // namespace

TEST_CASE("a secret setting is resolved from the environment and a file, however deep") {
  const Environment token("SECRET_TEST_A", "value-of-the-token");
  const PluginFolder folder;
  const auto file = file_of(folder, "token", "value-of-the-file\r\n", 0400);
  const Json settings = resolved_settings({{"token", "env:SECRET_TEST_A"},
                                           {"by-name", {{"x", "file:" + file.string()}}},
                                           {"list", {"env:SECRET_TEST_A"}}});
  CHECK(settings == Json{{"token", "value-of-the-token"},
                         {"by-name", {{"x", "value-of-the-file"}}},
                         {"list", {"value-of-the-token"}}});
  CHECK(shows_secret_value("value-of-the-file"));
  CHECK(resolved_settings(settings) == settings);
}

TEST_CASE("a secret setting takes no value, and the refusal does not repeat it") {
  for (const Json& value :
       {Json("raw-value-4711"), Json(47114711), Json(true), Json(nullptr), Json({"raw-value-4711"}),
        Json({{"a", "raw-value-4711"}}), Json(""), Json("env:"), Json("file:"),
        Json("env:raw-value-4711"), Json("ENV:RAW")}) {
    const Problem problem = refused_secret({{"token", value}});
    CHECK(problem.message == "the setting \"token\" of ca/1:vault is a secret and takes no value");
    CHECK_THAT(problem.hint, Contains("env:NAME") && Contains("file:PATH") && !Contains("4711"));
  }
  CHECK_THAT(refused_secret({{"by-name", {{"x", "raw-value-4711"}}}}).message,
             Contains("\"by-name.x\"") && !Contains("4711"));
  for (const Json& misplaced : {Json("raw-value-4711"), Json({{"a", "raw-value-4711"}}),
                                Json::array({"raw-value-4711"}), Json(47114711)}) {
    for (const char* name : {"list", "by-name"})
      CHECK_THAT(refused_secret({{name, misplaced}}).message, !Contains("4711"));
  }
  CHECK_THAT(refused_secret({{"list", {"raw-value-4711"}}}).message, !Contains("4711"));
}

TEST_CASE("a secret that cannot be read is refused with its place") {
  const PluginFolder folder;
  CHECK_THAT(refused_secret({{"token", "env:SECRET_TEST_NONE"}}).message,
             Contains("the environment variable SECRET_TEST_NONE is not set"));
  const auto reason = [&](const std::filesystem::path& path) {
    return refused_secret({{"token", "file:" + path.string()}}).message;
  };
  CHECK_THAT(reason(folder.path() / "none"), Contains("not found"));
  CHECK_THAT(reason(folder.path()), Contains("not a regular file"));
  for (const mode_t mode : {0640, 0604, 0620}) {
    CHECK_THAT(reason(file_of(folder, "open", "a-long-value", mode)),
               Contains("can be read or written by others"));
  }
  std::filesystem::create_symlink("open", folder.path() / "link");
  CHECK_THAT(reason(folder.path() / "link"), Contains("link"));
}

TEST_CASE("a value that cannot be masked is refused, and the refusal does not repeat it") {
  const std::string long_value(5000, 'x');
  for (const std::string& value :
       {std::string("4711471"), std::string("first-4711\nsecond"), std::string("4711\ttab-in-it"),
        std::string("4711\xff-no-utf8"), long_value}) {
    const Environment variable("SECRET_TEST_B", value.c_str());
    const Problem problem = refused_secret({{"token", "env:SECRET_TEST_B"}});
    CHECK_THAT(problem.message, Contains("its value is not one printable line of 8 to 4096 bytes"));
    CHECK_THAT(problem.message + problem.hint, !Contains("4711") && !Contains("xxxx"));
  }
}

TEST_CASE("file: counts from the folder of the settings") {
  const Json settings{{"token", "file:secrets/token"}, {"list", {"env:A", "file:/b"}}};
  CHECK(with_absolute_paths(keeper().settings, settings, "/mesh") ==
        Json{{"token", "file:/mesh/secrets/token"}, {"list", {"env:A", "file:/b"}}});
}

TEST_CASE("a plugin passes on references of the operator only, and to whom the operator chose") {
  SecretReferences references;
  references.add({{"certs", {{"token", "env:SECRET_TEST_MINE"}}}});
  const Json mine{{"settings", {{"token", "env:SECRET_TEST_MINE"}}}};
  const Json other{{"settings", {{"token", "file:/home/me/.ssh/id_rsa"}}}};
  CHECK_NOTHROW(references.require(keeper(), mine, true));
  CHECK_NOTHROW(references.require(keeper(), Json::object(), false));
  for (const auto& [request, for_it] : {std::pair(mine, false), std::pair(other, true)}) {
    const Problem problem = problem_of([&] { references.require(keeper(), request, for_it); });
    CHECK(problem.code == "refused");
    CHECK_THAT(problem.message, Contains("\"token\" of ca/1:vault") && Contains("did not write"));
  }
}

TEST_CASE("a schema has secrets where the host resolves them, and nothing that holds a value") {
  CHECK(secret_misuse(keeper().settings).empty());
  CHECK_THAT(
      misuse(R"({"properties": {"a": {"oneOf": [{"type": "string", "format": "secret"}]}}})"),
      Contains("outside of properties"));
  CHECK_THAT(misuse(R"({"definitions": {"a": {"type": "string", "format": "secret"}}})"),
             Contains("outside of properties"));
  CHECK_THAT(misuse(R"({"properties": {"a": {"format": "secret"}}})"), Contains("\"type\""));
  for (const char* keyword : {"default", "enum", "const", "pattern", "minLength", "examples"}) {
    Json schema = keeper().settings;
    schema["properties"]["token"][keyword] = "x";
    CHECK_THAT(secret_misuse(schema), Contains("\"" + std::string(keyword) + "\""));
  }
}

TEST_CASE("a reply is masked but for what a plan does") {
  keep_secret_value("env:SECRET_TEST_C", "the-value-of-c");
  Json report{{"kind", "Report"}, {"items", {{{"the-value-of-c", "x the-value-of-c"}}}}};
  mask_secret_values(report);
  CHECK(report == Json{{"kind", "Report"}, {"items", {{{"<masked>", "x <masked>"}}}}});
  Json plan = plan_that_does({{"file", {{"data", "the-value-of-c"}}}});
  plan["title"] = "the-value-of-c";
  mask_secret_values(plan);
  CHECK(plan.at("title") == "<masked>");
  CHECK(plan.at("actions").at(0).at("file").at("data") == "the-value-of-c");
}

TEST_CASE("an action holds a secret in a Secret and a stored file only") {
  keep_secret_value("env:SECRET_TEST_C", "the-value-of-c");
  const auto place = [](const Json& action) {
    const Problem problem = problem_of([&] {
      require_secret_places(plan_that_does(action), {"p 1.0.0", "command/1:p go"});
    });
    CHECK(problem.code == "plugin-fault");
    CHECK_THAT(problem.message, !Contains("the-value-of-c"));
    const std::size_t from = problem.message.find("/actions");
    return problem.message.substr(from, problem.message.find(" of its plan") - from);
  };
  const auto object = [](const char* kind, const Json& data) {
    return Json{{"type", "apply"},
                {"object", {{"apiVersion", "v1"}, {"kind", kind}, {"data", data}}}};
  };
  CHECK_NOTHROW(require_secret_places(plan_that_does(object("Secret", {{"t", "the-value-of-c"}})),
                                      {"p 1.0.0", "command/1:p go"}));
  CHECK(place(object("Secret", {{"the-value-of-c", ""}})) == "/actions/0/object/data/<masked>");
  CHECK(place(object("ConfigMap", {{"t", "x=the-value-of-c"}})) == "/actions/0/object/data/t");
  CHECK(place({{"type", "run"}, {"input", "the-value-of-c"}}) == "/actions/0/input");
}

}  // namespace mesh
