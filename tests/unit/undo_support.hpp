#pragma once

#include <fstream>
#include <optional>

#include "plan_support.hpp"

#include "plan/executor.hpp"
#include "plan/object.hpp"
#include "plan/undo.hpp"

namespace mesh::test {

inline const ObjectRef k_map{"v1", "ConfigMap", "shop", "c"};
inline const ObjectRef k_secret{"v1", "Secret", "shop", "s"};

/// One run in one cluster by the real diff, executor and journal, and what became of its objects.
struct Run {
  TemporaryFolder folder;
  Environment state{"XDG_STATE_HOME", folder.path().c_str()};
  Environment data{"XDG_DATA_HOME", folder.path().c_str()};
  World world{{"a"}};
  FakeCluster& cluster = world.clusters["a"];
  std::optional<Journal> journal;
  int steps = 0;
  int rounds = 0;

  void carry_out(std::vector<Action> actions) {
    if (!journal) journal = Journal::begin("certs install");
    world.fleet().forget_all("a");
    const std::vector<Step> planned = mesh::diff(std::move(actions), world.fleet());
    mesh::ExecutorOptions options;
    options.first_number = steps;
    options.round = rounds++;
    steps += static_cast<int>(planned.size());
    const mesh::Execution execution =
        mesh::execute(planned, world.fleet(), mesh::identify(world.fleet()), &*journal, options);
    for (const mesh::StepResult& result : execution.results) {
      INFO((result.problem ? result.problem->message : ""));
      REQUIRE(result.outcome != mesh::Outcome::failed);
    }
  }
  Plan plan() {
    world.fleet().forget_all("a");
    return mesh::plan_undo(*journal, world.fleet());
  }
  /// Carries the undo out, as often as it says that it is not the whole.
  void undo() {
    for (bool more = true; more;) {
      const Plan planned = plan();
      REQUIRE(planned.refusals.empty());
      more = planned.continues;
      const std::vector<Step> todo = mesh::diff(planned, world.fleet());
      const mesh::Execution execution =
          mesh::execute(todo, world.fleet(), mesh::identify(world.fleet()), nullptr, {});
      for (const mesh::StepResult& result : execution.results) {
        INFO((result.problem ? result.problem->message : ""));
        REQUIRE(result.outcome != mesh::Outcome::failed);
      }
      for (const Step& step : todo) {
        if (step.action.undoes >= 0) journal->undone(step.action.undoes);
      }
    }
  }
  std::string refusal() {
    const Plan made = plan();
    CHECK(made.actions.empty());
    return made.refusals.empty() ? "" : made.refusals.front().message;
  }
  Json content(const ObjectRef& ref) {
    const auto found = cluster.objects.find(FakeCluster::key(ref));
    return found == cluster.objects.end() ? Json() : mesh::without_volatile(found->second);
  }
  /// An object that another manager has made.
  void theirs(const Json& object, const std::string& manager = "kubectl") {
    const ObjectRef ref = mesh::ref_of(object);
    cluster.store(ref,
                  mesh::test::updated(Json(), object, {.manager = manager, .operation = "Update"}));
  }
};

inline Action edit(const ObjectRef& ref, Json patch) {
  Action action = action_on(ActionType::edit, "a", ref);
  action.patch = std::move(patch);
  return action;
}

inline Json replaced(const char* path, const Json& value) {
  return Json::array({{{"op", "replace"}, {"path", path}, {"value", value}}});
}

}  // namespace mesh::test
