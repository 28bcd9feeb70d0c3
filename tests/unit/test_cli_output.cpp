#include "cli_support.hpp"
#include "schema_support.hpp"
#include <catch2/catch.hpp>

#include "base/yaml.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "cli/version_text.hpp"

namespace mesh {

static Style plain() {
  return {};
}

static Style colorful() {
  return {.color = true, .symbols = true, .terminal = true};
}

static Report contexts() {
  Report report;
  report.kind = "ContextList";
  report.columns = {{"NAME", "/name"},
                    {"READY", "/ready"},
                    {"NODES", "/nodes/count"},
                    {"ROLES", "/roles"},
                    {"UID", "/uid", true}};
  report.items = {{{"name", "game-gke"},
                   {"ready", true},
                   {"nodes", {{"count", 3}}},
                   {"roles", {"a", "b"}},
                   {"uid", "7"}},
                  {{"name", "b\u00fccher"}, {"ready", false}, {"uid", nullptr}}};
  return report;
}

TEST_CASE("a table has kubectl's look") {
  CHECK(render(contexts(), OutputFormat::table, plain()) ==
        "NAME       READY   NODES    ROLES\n"
        "game-gke   true    3        a,b\n"
        "b\u00fccher     false   <none>   <none>\n");
  CHECK(render(contexts(), OutputFormat::wide, plain()) ==
        "NAME       READY   NODES    ROLES    UID\n"
        "game-gke   true    3        a,b      7\n"
        "b\u00fccher     false   <none>   <none>   <none>\n");
}

TEST_CASE("a table of nothing is its header") {
  Report report = contexts();
  report.items.clear();
  CHECK(render(report, OutputFormat::table, plain()) == "NAME   READY   NODES   ROLES\n");
  CHECK(render(report, OutputFormat::name, plain()).empty());
}

TEST_CASE("columns are as wide as they look") {
  CHECK(to_table({"A", "B"}, {{"\u6f22\u5b57", "x"}, {"abc", "y"}}) ==
        "A      B\n\u6f22\u5b57   x\nabc    y\n");
}

TEST_CASE("names stand one per line") {
  CHECK(render(contexts(), OutputFormat::name, plain()) == "game-gke\nb\u00fccher\n");
  Report report;
  report.items = {{{"cluster", "a"}}, {{"other", 1}}};
  CHECK(render(report, OutputFormat::name, plain()) == "a\n");
}

TEST_CASE("a report for programs is one document") {
  Report report = contexts();
  report.notes = {{Severity::warning, "game-gke", "is slow"}};
  Problem problem;
  problem.code = "unreachable";
  problem.message = "no answer";
  problem.cluster = "game-x";
  report.problems = {problem};
  const Json document = Json::parse(render(report, OutputFormat::json, colorful()));
  CHECK(test::misfit(document, "output.json") == "");
  CHECK(document["kind"] == "ContextList");
  CHECK(document["items"] == report.items);
  CHECK(document["notes"] ==
        Json::array({{{"severity", "warning"}, {"cluster", "game-gke"}, {"text", "is slow"}}}));
  CHECK(document["problems"][0]["cluster"] == "game-x");
  CHECK_FALSE(document.contains("columns"));
  CHECK(parse_yaml(render(report, OutputFormat::yaml, colorful()), "test").value == document);
}

static Report findings() {
  return report_of(
      {{"certs/key-matches", "game-gke", Severity::pass, "key fits", "P-256", ""},
       {"certs/dates", "game-gke", Severity::warning, "not near its end", "12 days left",
        "kubectl mesh certs rotate --intermediate"},
       {"certs/chain", "game-agones", Severity::failure, "leads to the root", "unknown issuer",
        "kubectl mesh certs install --contexts game-agones"},
       {"certs/in-use", "game-agones", Severity::skipped, "istiod uses it", "no istiod", ""}});
}

TEST_CASE("headers are left out on demand") {
  Style style = plain();
  style.headers = false;
  CHECK(render(contexts(), OutputFormat::table, style).starts_with("game-gke "));
  const std::string rows = render(findings(), OutputFormat::table, style);
  CHECK(rows.starts_with("pass "));
  CHECK(rows.find("RESULT") == std::string::npos);
}

TEST_CASE("notes stand below the table") {
  Report report = contexts();
  report.items.clear();
  report.notes = {{Severity::warning, "game-gke", "is slow"}, {Severity::info, "", "done"}};
  CHECK(render(report, OutputFormat::table, plain()) ==
        "NAME   READY   NODES   ROLES\n\nwarning: game-gke: is slow\nnote: done\n");
}

TEST_CASE("a cluster's text cannot steer the terminal") {
  Report report = contexts();
  report.items = {{{"name", "a\x1b[31m\nb\u202e"}, {"roles", {"\x07"}}}};
  const std::string table = render(report, OutputFormat::wide, plain());
  CHECK(table.find("a\\x1b[31m\\x0ab\\u202e") != std::string::npos);
  CHECK(table.find("\\x07") != std::string::npos);
  CHECK(table.find('\x1b') == std::string::npos);
}

TEST_CASE("a bad column of a plugin costs that column only") {
  Report report = contexts();
  report.columns = {{"NAME", "/name"}, {"BAD", "name"}, {"WORSE", "/a~2"}};
  CHECK(render(report, OutputFormat::name, plain()) == "game-gke\nb\u00fccher\n");
  CHECK(render(report, OutputFormat::table, plain()) ==
        "NAME       BAD      WORSE\n"
        "game-gke   <none>   <none>\n"
        "b\u00fccher     <none>   <none>\n");
}

TEST_CASE("a check of no cluster is told by its id alone") {
  Report report = findings();
  report.items = {{{"id", "install/kubectl"}, {"severity", "failure"}, {"fix", "install it"}}};
  CHECK(
      render(report, OutputFormat::table, plain()).find("\ninstall/kubectl\n  fix: install it\n") !=
      std::string::npos);
}

TEST_CASE(
    "JUnit is for checks: what a cluster says cannot end an element, and another report has none") {
  Report report = report_of({{"a/b", "c", Severity::failure, "t", "<\x1b[2J&\"]]>", "do <this>"}});
  Problem problem;
  problem.code = "unreachable";
  problem.message = "d: nobody answers";
  problem.hint = "look\x1b[2J";
  problem.cluster = "d";
  report.problems = {problem};
  const std::string text = render(report, OutputFormat::junit, plain());
  CHECK_THAT(text, Catch::Contains("&lt;") && Catch::Contains("do &lt;this&gt;") &&
                       !Catch::Contains("\x1b") && Catch::Contains("<error message"));
  CHECK_THROWS_WITH(render(contexts(), OutputFormat::junit, plain()), Catch::Contains("junit"));
}

TEST_CASE("checks are rows, their cures and a sum") {
  test::matches_golden("findings.txt", render(findings(), OutputFormat::table, plain()));
  test::matches_golden("findings-wide.txt", render(findings(), OutputFormat::wide, plain()));
  test::matches_golden("findings-junit.xml", render(findings(), OutputFormat::junit, plain()));
  test::matches_golden("findings-terminal.txt",
                       render(findings(), OutputFormat::table, colorful()));
}

TEST_CASE("problems are told in words, with what to do") {
  Problem problem;
  problem.code = "conflict";
  problem.message = "argocd owns /data\nvalue sha256:1";
  problem.hint = "ask argocd";
  problem.cluster = "game-gke";
  problem.object = "Secret istio-system/cacerts";
  CHECK(render_problems({problem}, OutputFormat::table, plain()) ==
        "error: game-gke: Secret istio-system/cacerts: argocd owns /data\n"
        "  value sha256:1\n"
        "  ask argocd\n");
  problem.message = "game-gke: Secret istio-system/cacerts: argocd owns \x1b[2J";
  problem.hint.clear();
  CHECK(render_problems({problem}, OutputFormat::wide, plain()) ==
        "error: game-gke: Secret istio-system/cacerts: argocd owns \\x1b[2J\n");
}

TEST_CASE("problems for programs are one document of kind Error") {
  Problem problem;
  problem.code = "usage";
  problem.message = "m";
  const Json document =
      Json::parse(render_problems({problem, problem}, OutputFormat::json, plain()));
  CHECK(document["apiVersion"] == "kubectl-mesh.dev/v1");
  CHECK(document["kind"] == "Error");
  REQUIRE(document["problems"].size() == 2);
  CHECK(test::misfit(document, "output.json") == "");
}

TEST_CASE("the version is told for people and for programs") {
  const Catalogue catalogue = test::lamp_catalogue();
  const std::string text = version_text(OutputFormat::table, catalogue);
  CHECK(text.starts_with("Client Version: 0."));
  CHECK(text.find("Plugin ABI: 1.0\n") != std::string::npos);
  CHECK(text.ends_with("Plugin lamp: 1.2.3\n"));
  const Json document = Json::parse(version_text(OutputFormat::json, catalogue));
  CHECK(test::misfit(document, "output.json") == "");
  CHECK(document["clientVersion"]["abi"] == "1.0");
  CHECK(document["plugins"] == Json::array({{{"name", "lamp"}, {"version", "1.2.3"}}}));
  CHECK(parse_yaml(version_text(OutputFormat::yaml, catalogue), "test").value == document);
}

}  // namespace mesh
