#include "plan_support.hpp"
#include <catch2/catch.hpp>

using mesh::Action;
using mesh::ActionType;
using mesh::Change;
using mesh::Json;
using mesh::ObjectRef;
using mesh::Plan;
using mesh::Step;
using mesh::test::action_on;
using mesh::test::apply_action;
using mesh::test::code_of;
using mesh::test::config_map;
using mesh::test::pointers;
using mesh::test::problem_of;
using mesh::test::secret;
using mesh::test::World;

namespace {

const ObjectRef k_corefile{"v1", "ConfigMap", "shop", "c"};

Plan plan_of(std::vector<Action> actions) {
  Plan plan;
  plan.actions = std::move(actions);
  return plan;
}

/// One cluster "a" that holds the ConfigMap c.
struct OneCluster : World {
  OneCluster() : World({"a"}) { clusters["a"].put(config_map("c", {{"k", "v"}}), "7", "100"); }
  Step step(const Action& action) { return mesh::diff(plan_of({action}), fleet()).front(); }
};

}  // namespace

TEST_CASE("an action beside the world is what it would change") {
  OneCluster world;
  CHECK(world.step(apply_action("a", config_map("new", {}))).change == Change::create);
  CHECK(world.step(apply_action("a", config_map("c", {{"k", "v"}}))).change == Change::leave);
  const Step update = world.step(apply_action("a", config_map("c", {{"k", "w"}})));
  CHECK(update.change == Change::update);
  CHECK(pointers(update.fields) == std::vector<std::string>{"/data/k"});
  CHECK(update.live["metadata"]["uid"] == "7");
  CHECK(world.step(action_on(ActionType::remove, "a", k_corefile)).change == Change::remove);
  CHECK(
      world.step(action_on(ActionType::remove, "a", {"v1", "ConfigMap", "shop", "gone"})).change ==
      Change::leave);
  CHECK(world.step(action_on(ActionType::restart, "a", k_corefile)).change == Change::act);
  CHECK(world.step(action_on(ActionType::wait, "a", k_corefile)).change == Change::act);
}

TEST_CASE("an edit is what its patch changes, additions and removals") {
  OneCluster world;
  Action edit = action_on(ActionType::edit, "a", k_corefile);
  edit.patch = Json::parse(R"([{"op":"remove","path":"/data/k"},
                               {"op":"add","path":"/data/l","value":"w"}])");
  const Step step = world.step(edit);
  CHECK(step.change == Change::update);
  CHECK(pointers(step.fields) == std::vector<std::string>{"/data/k", "/data/l"});
  edit.patch = Json::parse(R"([{"op":"replace","path":"/data/k","value":"v"}])");
  CHECK(world.step(edit).change == Change::leave);
}

TEST_CASE("a precondition is a value at a place, and null means nothing is there") {
  struct Row {
    Json precondition;
    std::string code;
  };
  const Row row = GENERATE(
      Row{Json::object(), ""}, Row{{{"/data/k", "v"}}, ""}, Row{{{"/data/l", nullptr}}, ""},
      Row{{{"/metadata/uid", "7"}, {"/data/k", "v"}}, ""}, Row{{{"/data/k", "w"}}, "precondition"},
      Row{{{"/data/l", "v"}}, "precondition"}, Row{{{"/metadata/uid", "8"}}, "precondition"},
      Row{{{"/data/k/0", "v"}}, "precondition"}, Row{{{"data", "v"}}, "plugin-fault"});
  INFO(row.precondition);
  for (const ActionType type : {ActionType::edit, ActionType::remove}) {
    OneCluster world;
    Action action = action_on(type, "a", k_corefile);
    action.precondition = row.precondition;
    CHECK(code_of([&] { world.step(action); }) == row.code);
  }
}

TEST_CASE("what is to be edited must be there, precondition or not") {
  OneCluster world;
  Action edit = action_on(ActionType::edit, "a", {"v1", "ConfigMap", "shop", "gone"});
  edit.precondition = GENERATE(Json::object(), Json{{"/metadata/uid", "7"}});
  const mesh::Problem problem = problem_of([&] { world.step(edit); });
  CHECK(problem.code == "precondition");
  CHECK(problem.message == "a: ConfigMap shop/gone is not there to be edited");
  CHECK(problem.cluster == "a");
}

TEST_CASE("a patch that does not fit is a precondition that does not hold") {
  const Json patch = GENERATE(Json::parse(R"([{"op":"remove","path":"/data/none"}])"),
                              Json::parse(R"([{"op":"test","path":"/data/k","value":"other"}])"),
                              Json::parse(R"([{"op":"frobnicate","path":"/data/k"}])"),
                              Json::parse(R"([{"op":"add"}])"),
                              Json::parse(R"([{"op":"add","path":"data","value":1}])"));
  OneCluster world;
  Action edit = action_on(ActionType::edit, "a", k_corefile);
  edit.patch = patch;
  CHECK(problem_of([&] { world.step(edit); }).code == "precondition");
}

TEST_CASE("a patch of a Secret that does not fit is told without its values") {
  OneCluster world;
  world.clusters["a"].put(secret("s", {{"k", "b2xk"}}), "8", "100");
  Action edit = action_on(ActionType::edit, "a", {"v1", "Secret", "shop", "s"});
  edit.patch = Json::parse(R"([{"op":"test","path":"/data/k","value":"canary"}])");
  const mesh::Problem problem = problem_of([&] { world.step(edit); });
  CHECK(problem.code == "precondition");
  CHECK(problem.message.find("canary") == std::string::npos);
}

TEST_CASE("each object is read once, however often the plan touches it") {
  World world({"a", "b"});
  std::vector<Action> actions;
  for (const char* cluster : {"a", "b", "a", "b"}) {
    actions.push_back(apply_action(cluster, config_map("c", {{"k", "v"}})));
    actions.push_back(apply_action(cluster, secret("s", {})));
  }
  const std::vector<Step> steps = mesh::diff(plan_of(actions), world.fleet());
  REQUIRE(steps.size() == actions.size());
  for (std::size_t index = 0; index < steps.size(); ++index) {
    CHECK(steps[index].action.cluster == actions[index].cluster);
  }
  for (auto& [name, cluster] : world.clusters) CHECK(cluster.gets.size() <= 4);
  world.clusters["a"].gets.clear();
  mesh::diff(plan_of(actions), world.fleet());
  CHECK(world.clusters["a"].gets.empty());
}

TEST_CASE("many objects of a kind come by its list, for whoever may list") {
  World world({"a"});
  std::vector<Action> actions;
  for (int number = 0; number < 30; ++number) {
    const mesh::Json object = config_map("c" + std::to_string(number), {{"k", "v"}});
    if (number % 2 == 0) world.clusters["a"].put(object, "8", "100");
    actions.push_back(apply_action("a", object));
  }
  const bool may_list = GENERATE(true, false);
  if (!may_list) world.clusters["a"].failures["list"].code = "forbidden";
  const std::vector<Step> steps = mesh::diff(plan_of(actions), world.fleet());
  for (std::size_t at = 0; at < steps.size(); ++at)
    CHECK(steps[at].change == (at % 2 == 0 ? Change::leave : Change::create));
  CHECK(world.clusters["a"].gets.size() == (may_list ? 0 : 30));
}

TEST_CASE("a cluster that cannot be read stops the plan with its own problem") {
  World world({"a", "b"});
  mesh::Problem down;
  down.code = "unreachable";
  down.cluster = "b";
  world.clusters["b"].failures["get"] = down;
  const mesh::Problem problem = problem_of([&] {
    mesh::diff(
        plan_of({apply_action("a", config_map("c", {})), apply_action("b", config_map("c", {}))}),
        world.fleet());
  });
  CHECK(problem.code == "unreachable");
  CHECK(problem.cluster == "b");
}

TEST_CASE("a wait that is over and a proof are steps only behind a change of their cluster") {
  OneCluster world;
  Action over = action_on(ActionType::wait, "a", k_corefile);
  over.until = mesh::Until::present;
  over.pointer = "/data/k";
  Action proof;
  proof.type = ActionType::prove;
  proof.cluster = "a";
  const auto changes = [&](const std::vector<Action>& actions) {
    std::vector<Change> all;
    for (const Step& step : mesh::diff(plan_of(actions), world.fleet())) all.push_back(step.change);
    return all;
  };
  const Action same = apply_action("a", config_map("c", {{"k", "v"}}));
  const Action other = apply_action("a", config_map("c", {{"k", "w"}}));
  CHECK(changes({same, over, proof}) ==
        std::vector<Change>{Change::leave, Change::leave, Change::leave});
  CHECK(changes({other, over, proof}) ==
        std::vector<Change>{Change::update, Change::act, Change::act});
  proof.cluster.clear();
  CHECK(changes({same, proof}) == std::vector<Change>{Change::leave, Change::leave});
  CHECK(changes({other, proof}) == std::vector<Change>{Change::update, Change::act});
}
