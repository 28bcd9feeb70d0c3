#include "unit/plugin_support.hpp"

#include "plugin/settings.hpp"

namespace mesh {

using test::problem_of;

namespace {

Extension vault() {
  Extension extension;
  extension.point = "ca/1";
  extension.name = "vault";
  extension.settings = Json::parse(R"({
    "type": "object", "required": ["url"], "additionalProperties": false,
    "properties": {
      "url": {"type": "string", "minLength": 1},
      "retries": {"type": "integer", "minimum": 0},
      "factor": {"type": "number"},
      "verify": {"type": "boolean"},
      "roles": {"type": "array", "items": {"type": "string"}},
      "mode": {"enum": ["sign", "issue"]}}})");
  return extension;
}

Json fitted(const Json& settings) {
  return with_settings(vault(), {{"settings", settings}}).at("settings");
}

std::string refusal(const Json& settings) {
  const Problem problem = problem_of([&] { fitted(settings); });
  CHECK(problem.code == "invalid-input");
  return problem.message + " | " + problem.hint;
}

}  // namespace

TEST_CASE("texts of --set become what the schema wants") {
  CHECK(fitted({{"url", "https://v"},
                {"retries", "3"},
                {"factor", "1.5"},
                {"verify", "true"},
                {"roles", "a,b"}}) ==
        Json::parse(
            R"({"url":"https://v","retries":3,"factor":1.5,"verify":true,"roles":["a","b"]})"));
  CHECK(fitted({{"url", "7"}, {"retries", 3}}) == Json::parse(R"({"url":"7","retries":3})"));
}

TEST_CASE("settings that do not fit are refused by name") {
  CHECK(refusal({{"url", "x"}, {"retrys", 1}}) ==
        R"(ca/1:vault has no setting "retrys" | did you mean retries?)");
  CHECK(
      refusal({{"url", "x"}, {"unheard-of", 1}}) ==
      R"(ca/1:vault has no setting "unheard-of" | it has: factor, mode, retries, roles, url, verify)");
  CHECK_THAT(refusal({{"url", "x"}, {"retries", "many"}}),
             Catch::Contains("do not fit: retries: "));
  CHECK_THAT(refusal({{"url", "x"}, {"retries", "-1"}}), Catch::Contains("do not fit: retries: "));
  CHECK_THAT(refusal({{"url", "x"}, {"mode", "guess"}}), Catch::Contains("do not fit: mode: "));
  CHECK_THAT(refusal(Json::object()), Catch::Contains("'url'"));
}

TEST_CASE("a duration among the settings is a number and a unit") {
  Extension patient = vault();
  patient.settings["properties"]["wait"] = {{"type", "string"}, {"format", "duration"}};
  const auto with_wait = [&](const char* wait) {
    return with_settings(patient, {{"settings", {{"url", "x"}, {"wait", wait}}}});
  };
  CHECK(with_wait("36h")["settings"]["wait"] == "36h");
  const Problem problem = problem_of([&] { with_wait("soon"); });
  CHECK(problem.code == "invalid-input");
  CHECK(problem.message == R"(the setting "wait" of ca/1:vault is not a duration: "soon")");
  CHECK(problem.hint == "write a number and a unit: 90m, 36h, 30d or 10y");
}

TEST_CASE("without a schema or settings a request stays as it is") {
  const Json request = {{"settings", {{"any", "thing"}}}};
  Extension plain = vault();
  plain.settings = Json::object();
  CHECK(with_settings(plain, request) == request);
  CHECK(with_settings(vault(), {{"clusters", {"a"}}}) == Json{{"clusters", {"a"}}});
}

TEST_CASE("a schema that is none is the plugin's fault") {
  Extension broken = vault();
  broken.settings = {{"type", 42}};
  CHECK(problem_of([&] {
          with_settings(broken, {{"settings", {{"a", 1}}}});
        }).code == "plugin-fault");
}

TEST_CASE("files that a schema names become absolute, however deep, and are listed") {
  Extension extension;
  extension.settings = Json::parse(R"({"properties": {
    "file": {"type": "string", "format": "path"},
    "list": {"type": "array", "items": {"type": "string", "format": "path"}},
    "by-name": {"type": "object", "additionalProperties": {"type": "string", "format": "path"}},
    "deep": {"type": "object", "properties": {"file": {"format": "path"}}},
    "word": {"type": "string"}}})");
  const test::Environment home{"HOME", "/home/jane"};
  const Json settings = Json::parse(R"({"file": "a/../b.pem", "list": "c.pem,/d.pem",
    "by-name": {"x": "~/e.pem"}, "deep": {"file": "https://f/g"}, "word": "h.pem", "else": 1})");
  const Json absolute = with_absolute_paths(extension.settings, settings, "/mesh");
  CHECK(absolute == Json::parse(R"({"file": "/mesh/b.pem", "list": ["/mesh/c.pem", "/d.pem"],
    "by-name": {"x": "/home/jane/e.pem"}, "deep": {"file": "https://f/g"}, "word": "h.pem",
    "else": 1})"));
  CHECK(with_absolute_paths(extension.settings, absolute, "/other") == absolute);
  CHECK(files_named(extension, {{"settings", absolute}}) ==
        std::vector<std::string>{"/home/jane/e.pem", "/mesh/b.pem", "/mesh/c.pem", "/d.pem"});
  CHECK(with_absolute_paths(Json(), settings, "/mesh") == settings);
}

}  // namespace mesh
