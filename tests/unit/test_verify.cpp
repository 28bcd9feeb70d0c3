#include "verify.hpp"
#include <catch2/catch.hpp>

using mesh::Finding;
using mesh::Problem;
using mesh::Report;
using mesh::Severity;
using mesh::verify::joined;
using mesh::verify::wanted;

namespace {

Report part(const std::string& id, Severity severity, std::vector<Problem> problems = {}) {
  return mesh::report_of(
      {{.id = id, .cluster = "a", .severity = severity, .title = "t", .evidence = {}, .fix = {}}},
      std::move(problems));
}

Problem silent(const std::string& cluster) {
  Problem problem;
  problem.code = "unreachable";
  problem.message = "no answer";
  problem.cluster = cluster;
  return problem;
}

}  // namespace

TEST_CASE("--only lets through an id, or all below its beginning") {
  CHECK(wanted({}, "certs/dates"));
  CHECK(wanted({"certs"}, "certs/dates"));
  CHECK(wanted({"dns", "certs/dates"}, "certs/dates"));
  CHECK_FALSE(wanted({"cert"}, "certs/dates"));
  CHECK_FALSE(wanted({"certs/date"}, "certs/dates"));
}

TEST_CASE("all checks are one report, and one failure fails it") {
  const Report good =
      joined({part("a/x", Severity::pass), part("b/y", Severity::warning)}, {}, "failure");
  CHECK(good.items.size() == 2);
  CHECK_FALSE(good.failed);
  CHECK(
      joined({part("a/x", Severity::pass), part("b/y", Severity::failure)}, {}, "failure").failed);
  CHECK(joined({part("b/y", Severity::warning)}, {}, "warning").failed);
}

TEST_CASE("what is left out does not fail the report") {
  const Report report =
      joined({part("a/x", Severity::pass), part("b/y", Severity::failure)}, {"a"}, "failure");
  CHECK(report.items.size() == 1);
  CHECK_FALSE(report.failed);
}

TEST_CASE("a silent cluster is told once, however many checks have asked it") {
  const Report report = joined({part("a/x", Severity::pass, {silent("g")}),
                                part("b/y", Severity::pass, {silent("g"), silent("h")})},
                               {}, "failure");
  CHECK(report.problems.size() == 2);
}

TEST_CASE("each plugin that failed is told, after the clusters, and once") {
  const auto failed = [](const std::string& plugin) {
    Problem problem;
    problem.code = "plugin-fault";
    problem.message = "plugin " + plugin + " crashed";
    problem.plugin = plugin;
    return problem;
  };
  const Report report = joined({part("a/x", Severity::pass, {failed("p"), failed("q")}),
                                part("b/y", Severity::pass, {failed("p"), silent("g")})},
                               {}, "failure");
  REQUIRE(report.problems.size() == 3);
  CHECK(report.problems[0].cluster == "g");
  CHECK(report.problems[1].plugin == "p");
  CHECK(report.problems[2].plugin == "q");
}
