#include "unit/folder_support.hpp"

#include "plugin/needs.hpp"

namespace mesh {

using test::problem_of;

namespace {

Json plan_with(Json action) {
  return {{"kind", "Plan"}, {"actions", Json::array({std::move(action)})}};
}

Json on_target(const char* type, const char* kind) {
  return {{"type", type}, {"target", {{"apiVersion", "v1"}, {"kind", kind}, {"name", "x"}}}};
}

}  // namespace

TEST_CASE("a plan may hold what the manifest names, and no other action") {
  struct Row {
    Json action;
    const char* subject;
    const char* field;
  };
  const Row row = GENERATE(
      values<Row>({{{{"type", "apply"}, {"object", {{"apiVersion", "v1"}, {"kind", "ConfigMap"}}}},
                    "v1/ConfigMap",
                    "writes"},
                   {on_target("edit", "Service"), "v1/Service", "writes"},
                   {on_target("delete", "Pod"), "v1/Pod", "writes"},
                   {on_target("restart", "Pod"), "v1/Pod", "writes"},
                   {on_target("wait", "Pod"), "v1/Pod", "reads"},
                   {{{"type", "run"}, {"program", "/usr/bin/helm"}}, "helm", "programs"}}));
  Needs needs;
  const Problem problem = problem_of([&] { require_within(plan_with(row.action), needs, "corp"); });
  CHECK(problem.code == "plugin-fault");
  CHECK_THAT(problem.message, Catch::Contains(row.subject));
  CHECK_THAT(problem.message, Catch::Contains(std::string("needs.") + row.field));
  needs.reads = needs.writes = needs.programs = {row.subject};
  CHECK_NOTHROW(require_within(plan_with(row.action), needs, "corp"));
}

TEST_CASE("* stands for every kind but Secrets, however they are written") {
  CHECK(names({"*"}, "v1/ConfigMap"));
  CHECK_FALSE(names({"*"}, "v1/Secret"));
  CHECK_FALSE(names({"*"}, "v1/SECRET"));
  CHECK(names({"*", "v1/Secret"}, "v1/Secret"));
  CHECK_FALSE(names({}, "v1/ConfigMap"));
}

TEST_CASE("a program may be needed from a version on") {
  CHECK(needed_program("helm").oldest.empty());
  CHECK(needed_program("helm>=3.13").name == "helm");
  CHECK(needed_program("helm>=3.13").oldest == "3.13");
  CHECK(names_program({.programs = {"helm>=3.13"}}, "/usr/bin/helm"));
  CHECK_FALSE(names_program({.programs = {"helm>=3.13"}}, "kubectl"));
}

TEST_CASE("extensions are named by their point or one by one") {
  CHECK(names_extension({.asks = {"dns/1"}}, "dns/1:coredns"));
  CHECK(names_extension({.asks = {"dns/1:coredns"}}, "dns/1:coredns"));
  CHECK_FALSE(names_extension({.asks = {"dns/1:coredns"}}, "dns/1:other"));
  CHECK_FALSE(names_extension({.asks = {"dns/10", "dns"}}, "dns/1:coredns"));
  CHECK_FALSE(names_extension({}, "dns/1:coredns"));
}

TEST_CASE("a plugin has the needs of all its extensions") {
  Manifest manifest;
  manifest.provides.resize(2);
  manifest.provides[0].needs = {.reads = {"v1/Pod"}, .network = true};
  manifest.provides[1].needs = {.reads = {"v1/Pod", "v1/Node"}, .pods = true, .asks = {"dns/1"}};
  CHECK(needs_of(manifest) ==
        Needs{.reads = {"v1/Pod", "v1/Node"}, .network = true, .pods = true, .asks = {"dns/1"}});
}

}  // namespace mesh
