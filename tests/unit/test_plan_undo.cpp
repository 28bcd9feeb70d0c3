#include "plan_support.hpp"
#include <catch2/catch.hpp>

#include "plan/executor.hpp"
#include "plan/object.hpp"
#include "plan/undo.hpp"

using mesh::Action;
using mesh::ActionType;
using mesh::Change;
using mesh::Journal;
using mesh::Json;
using mesh::ObjectRef;
using mesh::Plan;
using mesh::Step;
using mesh::test::action_on;
using mesh::test::apply_action;
using mesh::test::config_map;
using mesh::test::Environment;
using mesh::test::FakeCluster;
using mesh::test::problem_of;
using mesh::test::secret;
using mesh::test::TemporaryFolder;
using mesh::test::World;

namespace {

const ObjectRef k_map{"v1", "ConfigMap", "shop", "c"};
const ObjectRef k_secret{"v1", "Secret", "shop", "s"};

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
    cluster.store(ref, mesh::test::updated(Json(), object, {.manager = manager, .operation = "Update"}));
  }
};

Action edit(const ObjectRef& ref, Json patch) {
  Action action = action_on(ActionType::edit, "a", ref);
  action.patch = std::move(patch);
  return action;
}

Json replaced(const char* path, const Json& value) {
  return Json::array({{{"op", "replace"}, {"path", path}, {"value", value}}});
}

}  // namespace

TEST_CASE("deletes what the run created") {
  Run run;
  run.carry_out({apply_action("a", config_map("c", {{"k", "v"}}))});
  CHECK(run.plan().title == "Undo run " + run.journal->run() + " (certs install)");
  run.undo();
  CHECK(run.content(k_map).is_null());
}

TEST_CASE("applies again what was applied before the run") {
  Run first;
  first.carry_out({apply_action("a", config_map("c", {{"k", "old"}, {"gone", "x"}}))});
  first.journal.reset();
  first.carry_out({apply_action("a", config_map("c", {{"k", "new"}, {"more", "y"}}))});
  first.undo();
  CHECK(first.content(k_map)["data"] == Json{{"k", "old"}, {"gone", "x"}});
  // Nothing of the undo stands in the way of the next run.
  first.journal.reset();
  first.carry_out({apply_action("a", config_map("c", {{"k", "newer"}}))});
  CHECK(first.content(k_map)["data"] == Json{{"k", "newer"}});
}

TEST_CASE("takes only its own fields out of an object of another owner") {
  Run run;
  run.theirs(config_map("c", {{"theirs", "x"}}));
  const Json before = run.content(k_map);
  run.carry_out({apply_action("a", config_map("c", {{"ours", "y"}}))});
  CHECK(run.content(k_map)["data"].size() == 2);
  run.undo();
  CHECK(run.content(k_map) == before);
}

TEST_CASE("reverts an edit of an object of another owner, byte for byte") {
  Run run;
  run.theirs(config_map("c", {{"Corefile", ".:53 {\n}\n"}}));
  const Json before = run.content(k_map);
  run.carry_out({edit(k_map, replaced("/data/Corefile", ".:53 {\n}\nglobal:53 {\n}\n"))});
  run.undo();
  CHECK(run.content(k_map) == before);
}

TEST_CASE("a change of another manager since then blocks undo only in a field of the run") {
  struct Row {
    const char* why;
    bool created;
    void (*change)(Json&);
    const char* refused;  ///< part of the refusal, "" if there must be none
  };
  const Row row = GENERATE(
      Row{"a status", true, [](Json& live) { live["status"] = 1; }, ""},
      Row{"an annotation", true,
          [](Json& live) { live["metadata"]["annotations"]["revision"] = "1"; }, ""},
      Row{"another key", true, [](Json& live) { live["data"]["other"] = "w"; }, ""},
      Row{"our key", true, [](Json& live) { live["data"]["k"] = "w"; },
          ".data.k: was changed by \"kubectl-edit\" at 2026-11-30T12:00:00Z: the run wrote \"v\", "
          "found \"w\""},
      Row{"our key is removed", true, [](Json& live) { live["data"].erase("k"); },
          ".data.k: was changed by a manager that removed it: the run wrote \"v\", found nothing"},
      Row{"another object of that name", true, [](Json& live) { live["metadata"]["uid"] = "8"; },
          "was deleted and created again since"},
      Row{"another key of an edited object", false, [](Json& live) { live["data"]["other"] = "w"; },
          ""},
      Row{"our key of an edited object", false, [](Json& live) { live["data"]["k"] = "w"; },
          ".data.k: was changed by \"kubectl-edit\""});
  INFO(row.why);
  Run run;
  if (row.created) {
    run.carry_out({apply_action("a", config_map("c", {{"k", "v"}}))});
  } else {
    run.theirs(config_map("c", {{"k", "old"}}));
    run.carry_out({edit(k_map, replaced("/data/k", "v"))});
  }
  run.cluster.change(k_map, "kubectl-edit", row.change);
  const Plan plan = run.plan();
  REQUIRE(plan.refusals.size() == (*row.refused == '\0' ? 0 : 1));
  CHECK(plan.actions.size() == (*row.refused == '\0' ? 1 : 0));
  if (*row.refused != '\0') {
    INFO(plan.refusals.front().message);
    CHECK(plan.refusals.front().message.find(row.refused) != std::string::npos);
    CHECK(plan.refusals.front().code == "refused");
  }
}

TEST_CASE("a manager that applies the same values keeps its object") {
  Run run;
  run.carry_out({apply_action("a", config_map("c", {{"k", "v"}}))});
  run.cluster.store(k_map, mesh::test::applied(run.cluster.at(k_map), config_map("c", {{"k", "v"}}),
                                               {.manager = "argocd", .operation = "Apply", .time = "2026-11-30T12:00:01Z"}));
  CHECK(run.refusal() ==
        "a: ConfigMap shop/c .data.k: is also managed by \"argocd\" at 2026-11-30T12:00:01Z");
}

TEST_CASE("a controller that writes after the run does not block undo") {
  Run run;
  run.cluster.controller = [](Json& object) {
    object["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "1";
    object["status"] = {{"replicas", 1}};
    object["spec"]["progressDeadlineSeconds"] = 600;
  };
  Json deployment = config_map("d", {});
  deployment["kind"] = "Deployment";
  deployment["apiVersion"] = "apps/v1";
  deployment.erase("data");
  deployment["spec"] = {{"replicas", 2}};
  run.carry_out({apply_action("a", deployment)});
  run.undo();
  CHECK(run.content(mesh::ref_of(deployment)).is_null());
}

TEST_CASE("an edit of a text is undone in its own lines alone") {
  const std::string before = ".:53 {\n    errors\n}\n";
  const std::string block = "# begin\nglobal:53 {\n    forward . 10.0.0.1\n}\n# end\n";
  struct Row {
    const char* why;
    std::string live;
    std::string undone;  ///< "": refused
  };
  const Row row = GENERATE_COPY(
      Row{"nothing", before + block, before},
      Row{"a line was added above", ".:53 {\n    errors\n    log\n}\n" + block,
          ".:53 {\n    errors\n    log\n}\n"},
      Row{"a block was added below", before + block + "x:53 {\n}\n", before + "x:53 {\n}\n"},
      Row{"the block was moved to the front", block + before, before},
      Row{"a line in the block was changed",
          before + "# begin\nglobal:53 {\n    forward . 10.0.0.2\n}\n# end\n", ""},
      Row{"the block was copied", before + block + block, ""});
  INFO(row.why);
  Run run;
  run.theirs(config_map("c", {{"Corefile", before}}));
  run.carry_out({edit(k_map, replaced("/data/Corefile", before + block))});
  if (row.live != before + block) {
    run.cluster.change(k_map, "kubectl-edit",
                       [&](Json& live) { live["data"]["Corefile"] = row.live; });
  }
  if (row.undone.empty()) {
    CHECK(run.refusal().find(".data.Corefile: was changed by \"kubectl-edit\"") !=
          std::string::npos);
  } else {
    run.undo();
    CHECK(run.content(k_map)["data"]["Corefile"] == row.undone);
  }
}

TEST_CASE("labels that an edit brought are removed, and the map with them if it is empty") {
  Run run;
  run.theirs(config_map("c", {{"k", "v"}}));
  const Json before = run.content(k_map);
  run.carry_out({edit(k_map, Json::array({{{"op", "add"},
                                           {"path", "/metadata/labels"},
                                           {"value", {{"istio-injection", "enabled"}}}}}))});
  SECTION("alone") {
    run.undo();
    CHECK(run.content(k_map) == before);
  }
  SECTION("beside one of another manager") {
    run.cluster.change(k_map, "kubectl-label",
                       [](Json& live) { live["metadata"]["labels"]["team"] = "shop"; });
    run.undo();
    CHECK(run.content(k_map)["metadata"]["labels"] == Json{{"team", "shop"}});
  }
}

TEST_CASE("creates again what the run deleted, unless it exists by then") {
  Run run;
  run.theirs(config_map("c", {{"k", "v"}}));
  const Json before = run.content(k_map);
  run.carry_out({action_on(ActionType::remove, "a", k_map)});
  SECTION("gone") {
    run.undo();
    CHECK(run.content(k_map)["data"] == before["data"]);
  }
  SECTION("there") {
    run.theirs(config_map("c", {{"k", "w"}}), "kubectl-create");
    CHECK(run.refusal().find("exists again") != std::string::npos);
  }
}

TEST_CASE("values of a Secret are restored from the journal, where they are encrypted") {
  const Json old = secret("s", {{"k", "Y2FuYXJ5"}});
  Run run;
  run.theirs(old);
  SECTION("changed") {
    run.carry_out({edit(k_secret, replaced("/data/k", "bmV3"))});
  }
  SECTION("deleted") {
    run.carry_out({action_on(ActionType::remove, "a", k_secret)});
  }
  const std::string text = mesh::test::content(
      run.folder.path() / "kubectl-mesh/runs" / (run.journal->run() + ".jsonl"));
  CHECK(text.find("Y2FuYXJ5") == std::string::npos);
  CHECK(text.find("bmV3") == std::string::npos);
  run.undo();
  CHECK(run.content(k_secret)["data"] == old["data"]);
}

TEST_CASE("a Secret that was applied twice gets the values of the first time") {
  Run run;
  run.carry_out({apply_action("a", secret("s", {{"k", "b2xk"}}))});
  run.journal.reset();
  run.carry_out({apply_action("a", secret("s", {{"k", "bmV3"}}))});
  SECTION("undone") {
    run.undo();
    CHECK(run.content(k_secret)["data"] == Json{{"k", "b2xk"}});
  }
  SECTION("changed since: refused without a value") {
    run.cluster.change(k_secret, "kubectl-edit",
                       [](Json& live) { live["data"]["k"] = "c2VjcmV0"; });
    const std::string message = run.refusal();
    CHECK(message.find(".data.k: was changed by \"kubectl-edit\"") != std::string::npos);
    for (const char* value : {"b2xk", "bmV3", "c2VjcmV0"})
      CHECK(message.find(value) == std::string::npos);
  }
}

TEST_CASE("without the key on this machine a Secret is refused, and nothing else is touched") {
  Run run;
  run.theirs(secret("s", {{"k", "b2xk"}}));
  run.carry_out({edit(k_secret, replaced("/data/k", "bmV3"))});
  std::filesystem::remove_all(run.folder.path() / "kubectl-mesh/undo-keys");
  CHECK(run.refusal().find("encrypted with a key that is not on this machine") !=
        std::string::npos);
}

TEST_CASE("the newest write is undone first, and an object that was written twice once") {
  Run run;
  run.carry_out({apply_action("a", config_map("1st", {{"k", "1"}})),
                 apply_action("a", config_map("2nd", {}))});
  run.carry_out({apply_action("a", config_map("1st", {{"k", "2"}})),
                 apply_action("a", config_map("3rd", {}))});
  const Plan plan = run.plan();
  REQUIRE(plan.actions.size() == 3);
  CHECK(plan.actions[0].target.name == "3rd");
  CHECK(plan.actions[1].target.name == "1st");
  CHECK(plan.actions[2].target.name == "2nd");
  CHECK(plan.actions[1].phase < plan.actions[2].phase);
  run.undo();
  CHECK(run.cluster.objects.size() == 1);
}

TEST_CASE("a write that a kill interrupted is judged by what is live") {
  const Json old = config_map("c", {{"k", "old"}});
  const Json made = config_map("c", {{"k", "new"}});
  enum Before { none, ours, theirs };
  struct Row {
    const char* why;
    Before before;
    bool arrived;
    Json undone;  ///< data, null: no object
  };
  const Row row = GENERATE_COPY(Row{"a create that never arrived", none, false, nullptr},
                                Row{"a create that arrived", none, true, nullptr},
                                Row{"an apply that never arrived", ours, false, old["data"]},
                                Row{"an apply that arrived", ours, true, old["data"]},
                                Row{"an edit that never arrived", theirs, false, old["data"]},
                                Row{"an edit that arrived", theirs, true, old["data"]});
  INFO(row.why);
  Run run;
  if (row.before == ours) run.carry_out({apply_action("a", old)});
  if (row.before == theirs) run.theirs(old);
  run.journal.reset();
  const bool edits = row.before == theirs;
  run.cluster.before_write = [&](const std::string&, const ObjectRef&) {
    if (!row.arrived) throw std::runtime_error("killed");
  };
  run.journal = Journal::begin("x");
  const std::vector<Step> planned = mesh::diff(
      edits ? std::vector<Action>{edit(k_map, replaced("/data/k", "new"))}
            : std::vector<Action>{apply_action("a", made)},
      run.world.fleet());
  mesh::execute(planned, run.world.fleet(), mesh::identify(run.world.fleet()), &*run.journal, {});
  run.cluster.before_write = nullptr;
  // As a kill before the answer leaves it: the line after the write is not in the journal.
  const auto path = run.folder.path() / "kubectl-mesh/runs" / (run.journal->run() + ".jsonl");
  std::string text = mesh::test::content(path);
  if (const std::size_t after = text.find("{\"change\":\"" + std::string(row.before == none ? "create" : "update") + "\",\"number\":0,\"type\":\"after\"");
      after != std::string::npos)
    text.erase(after);
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  REQUIRE_FALSE(run.journal->entries().front().done);
  run.undo();
  const Json left = run.content(k_map);
  CHECK((left.is_null() ? left : left["data"]) == row.undone);
}

TEST_CASE("a namespace is deleted only when nothing else is in it") {
  const Json space{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "shop"}}}};
  Run run;
  run.carry_out({apply_action("a", space), apply_action("a", config_map("c", {}))});
  run.theirs(config_map("kube-root-ca.crt", {}));
  SECTION("empty") {
    const Plan plan = run.plan();
    REQUIRE(plan.actions.size() == 3);
    CHECK(plan.actions[1].target.kind == "Namespace");
    CHECK(plan.actions[2].type == ActionType::wait);
  }
  SECTION("full") {
    run.theirs(secret("theirs", {}));
    const Plan plan = run.plan();
    CHECK(plan.actions.size() == 1);
    REQUIRE(plan.notes.size() == 1);
    CHECK(plan.notes.front().text == "Namespace shop stays: it holds Secret shop/theirs");
  }
}

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
    CHECK(run.refusal() == "a: true undo would undo more than the run did: Secret shop/v2 was "
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

TEST_CASE("a context that means another cluster by now is not touched") {
  Run run;
  run.carry_out({apply_action("a", config_map("c", {}))});
  run.cluster.objects.at("v1|Namespace||kube-system")["metadata"]["uid"] = "other";
  const Plan plan = run.plan();
  CHECK(plan.actions.empty());
  REQUIRE(plan.refusals.size() == 1);
  CHECK(plan.refusals.front().message.find("the context is another cluster now") !=
        std::string::npos);
}

TEST_CASE("all clusters of the run must be addressed") {
  Run run;
  run.carry_out({apply_action("a", config_map("c", {}))});
  World other({"b"});
  const mesh::Problem problem = problem_of([&] { mesh::plan_undo(*run.journal, other.fleet()); });
  CHECK(problem.code == "usage");
  CHECK(problem.message == "the run wrote to \"a\" too");
}

TEST_CASE("an applier whose field the run edited keeps its name on it, which blocks nothing") {
  Run run;
  run.cluster.store(k_map, mesh::test::applied(Json(), config_map("c", {{"k", "old"}}),
                                               {.manager = "kubeadm", .operation = "Apply"}));
  run.carry_out({edit(k_map, replaced("/data/k", "new"))});
  // As a real server has it: an update does not take the name of an applier away.
  Json& live = run.cluster.at(k_map);
  live["metadata"]["managedFields"].push_back({{"manager", "kubeadm"},
                                               {"operation", "Apply"},
                                               {"time", "2026-11-30T11:00:00Z"},
                                               {"fieldsV1", {{"f:data", {{"f:k", Json::object()}}}}}});
  run.undo();
  CHECK(run.content(k_map)["data"] == Json{{"k", "old"}});
}
