#include "undo_support.hpp"
#include <catch2/catch.hpp>

using mesh::Action;
using mesh::ActionType;
using mesh::Json;
using mesh::ObjectRef;
using mesh::Plan;
using mesh::test::action_on;
using mesh::test::config_map;
using mesh::test::edit;
using mesh::test::k_map;
using mesh::test::replaced;
using mesh::test::Run;
using mesh::test::secret;

TEST_CASE("a program is undone by itself, then what it leaves is deleted") {
  const ObjectRef leader{"v1", "ConfigMap", "shop", "leader"};
  Run run;
  run.theirs(config_map("theirs", {}));
  Action program = action_on(ActionType::run, "a", {});
  program.program = "true";
  program.undo = mesh::ProgramUndo{.arguments = {"undo"}};
  program.undo->leaves = {{.kind = {"v1", "ConfigMap", "shop", ""}}};
  program.undo->history = {.kind = {"v1", "Secret", "shop", ""}};
  run.carry_out({program});
  run.theirs(config_map("leader", {}));
  SECTION("in two parts") {
    const Plan first = run.plan();
    REQUIRE(first.actions.size() == 1);
    CHECK(first.actions[0].type == ActionType::run);
    CHECK(first.actions[0].arguments == std::vector<std::string>{"undo"});
    CHECK(first.continues);
    run.undo();
    CHECK(run.content(leader).is_null());
    CHECK_FALSE(run.content({"v1", "ConfigMap", "shop", "theirs"}).is_null());
  }
  SECTION("not if it was used again since") {
    run.theirs(secret("v2", {}));
    CHECK(run.refusal() ==
          "a: true undo would undo more than the run did: Secret shop/v2 was "
          "created since");
  }
}

TEST_CASE("a program that does not say how it is undone is told, not forgotten") {
  Run run;
  Action program = action_on(ActionType::run, "a", {});
  program.program = "true";
  run.carry_out({program});
  const Plan plan = run.plan();
  CHECK(plan.actions.empty());
  REQUIRE(plan.notes.size() == 1);
  CHECK(plan.notes.front().severity == mesh::Severity::warning);
  CHECK(plan.notes.front().text == "true cannot be undone: its plugin does not say how");
}

TEST_CASE("a restart is told as something that cannot be undone, and done again at the end") {
  Run run;
  Json deployment = config_map("d", {});
  deployment["kind"] = "Deployment";
  deployment["apiVersion"] = "apps/v1";
  deployment["spec"] = {{"template", {{"metadata", {{"labels", {{"app", "d"}}}}}}}};
  run.theirs(deployment);
  run.theirs(config_map("c", {{"k", "old"}}));
  Action restart = action_on(ActionType::restart, "a", mesh::ref_of(deployment));
  restart.seconds = 0;
  run.carry_out({edit(k_map, replaced("/data/k", "new")), restart});
  const Plan plan = run.plan();
  REQUIRE(plan.actions.size() == 2);
  CHECK(plan.actions[0].type == ActionType::edit);
  CHECK(plan.actions[1].type == ActionType::restart);
  CHECK(plan.actions[0].phase < plan.actions[1].phase);
  REQUIRE(plan.notes.size() == 1);
  CHECK(plan.notes.front().text.find("cannot be undone") != std::string::npos);
}

TEST_CASE("files that a run replaced are restored, those that it created stay") {
  Run run;
  const std::string folder = (run.folder.path() / "store").string();
  const auto store = [&](const char* name, const char* data) {
    Action action;
    action.type = ActionType::store;
    action.file = {.folder = folder, .name = name, .data = data, .replace = true};
    return action;
  };
  run.carry_out({store("root.pem", "old")});
  run.journal.reset();
  run.carry_out({store("root.pem", "new"), store("next.pem", "next")});
  SECTION("restored") {
    run.undo();
    CHECK(mesh::test::content(folder + "/root.pem") == "old");
    CHECK(mesh::test::content(folder + "/next.pem") == "next");
  }
  SECTION("changed since") {
    std::ofstream(folder + "/root.pem") << "mine";
    CHECK(run.refusal() == folder + "/root.pem was changed since");
  }
}
