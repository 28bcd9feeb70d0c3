#include "plan_support.hpp"
#include <catch2/catch.hpp>

#include "plan/executor.hpp"
#include "plan/object.hpp"
#include "plan/undo.hpp"

using mesh::Action;
using mesh::ActionType;
using mesh::Execution;
using mesh::Journal;
using mesh::Json;
using mesh::ObjectRef;
using mesh::Outcome;
using mesh::Step;
using mesh::test::action_on;
using mesh::test::config_map;
using mesh::test::Environment;
using mesh::test::TemporaryFolder;
using mesh::test::World;

// Self-revert: what a proof was to prove does not stay when the proof is not reached.

namespace {

const ObjectRef k_edited{"v1", "ConfigMap", "shop", "c"};
const ObjectRef k_deployment{"apps/v1", "Deployment", "shop", "d"};

struct Lane {
  TemporaryFolder folder;
  Environment state{"XDG_STATE_HOME", folder.path().c_str()};
  Environment data{"XDG_DATA_HOME", folder.path().c_str()};
  World world{{"a"}};
  mesh::test::FakeCluster& cluster = world.clusters["a"];
  Journal journal = Journal::begin("dns install");
  mesh::ExecutorOptions options;
  Json before;
  std::int64_t proof_seconds = 0;

  Lane() {
    Json deployment = config_map("d", {});
    deployment["kind"] = "Deployment";
    deployment["apiVersion"] = "apps/v1";
    deployment.erase("data");
    deployment["spec"] = {{"template", {{"metadata", {{"labels", {{"app", "d"}}}}}}}};
    deployment["status"] = {{"observedGeneration", 1},
                            {"replicas", 1},
                            {"updatedReplicas", 1},
                            {"availableReplicas", 1}};
    const mesh::test::Write kubectl{.manager = "kubectl", .operation = "Update"};
    cluster.store(k_deployment, mesh::test::updated(Json(), deployment, kubectl));
    cluster.store(k_edited,
                  mesh::test::updated(Json(), config_map("c", {{"Corefile", "old\n"}}), kubectl));
    cluster.controller = [](Json& object) {
      if (object["kind"] == "Deployment") object["metadata"]["annotations"]["revision"] = "2";
    };
    before = objects();
    options.ask = [](const std::string&, const std::string&, const Json&) {
      return Json{{"failed", true}};
    };
  }
  Json objects() const {
    Json all;
    for (const auto& [key, object] : cluster.objects) {
      all[key] = mesh::without_volatile(object);
      if (all[key]["metadata"].contains("annotations")) all[key]["metadata"].erase("annotations");
      if (all[key].contains("spec")) {
        Json& metadata = all[key]["spec"]["template"]["metadata"];
        if (metadata.value("annotations", Json::object()).empty()) metadata.erase("annotations");
      }
    }
    return all;
  }
  std::vector<Action> actions() const {
    Action edit = action_on(ActionType::edit, "a", k_edited);
    edit.patch = {{{"op", "replace"}, {"path", "/data/Corefile"}, {"value", "old\nnew\n"}}};
    Action restart = action_on(ActionType::restart, "a", k_deployment);
    restart.seconds = 0;
    Action proof = action_on(ActionType::prove, "a", {});
    proof.extension = "command/1:dns";
    proof.verb = "verify";
    proof.seconds = proof_seconds;
    proof.revert = true;
    return {edit, restart, proof};
  }
  Execution carry_out() {
    const std::vector<Step> steps = mesh::diff(actions(), world.fleet());
    return mesh::execute(steps, world.fleet(), mesh::identify(world.fleet()), &journal, options);
  }
};

}  // namespace

TEST_CASE("a proof that fails reverts the edit and the restart before it") {
  Lane lane;
  const Execution done = lane.carry_out();
  REQUIRE(done.results.size() == 3);
  CHECK(done.results[0].outcome == Outcome::reverted);
  CHECK(done.results[1].outcome == Outcome::reverted);
  CHECK(done.results[2].outcome == Outcome::failed);
  CHECK(done.results[2].problem->message.ends_with("; what this step had changed was reverted"));
  CHECK(lane.objects() == lane.before);
  CHECK(Journal::open("").entries()[0].undone);
}

TEST_CASE("a proof without a cluster is asked, after all that comes before it in its phase") {
  Lane lane;
  std::vector<Action> actions = lane.actions();
  Action proof = actions.back();
  actions.pop_back();
  proof.cluster.clear();
  proof.revert = false;
  actions.push_back(proof);
  int asked = 0;
  std::vector<ActionType> ended;
  lane.options.ask = [&](const std::string&, const std::string&, const Json&) -> Json {
    ++asked;
    return {{"kind", "FindingList"}, {"items", Json::array()}};
  };
  lane.options.listener = [&](const Step& step, const mesh::StepResult* result) {
    if (result != nullptr) ended.push_back(step.action.type);
  };
  const std::vector<Step> steps = mesh::diff(actions, lane.world.fleet());
  const Execution done = mesh::execute(steps, lane.world.fleet(),
                                       mesh::identify(lane.world.fleet()), nullptr, lane.options);
  CHECK(asked == 1);
  REQUIRE(ended.size() == 3);
  CHECK(ended.back() == ActionType::prove);
  CHECK(done.results.back().outcome == Outcome::done);
}

TEST_CASE("a proof that the time limit cuts off names what it saw before") {
  Lane lane;
  lane.proof_seconds = 1;
  int asked = 0;
  lane.options.ask = [&](const std::string&, const std::string&, const Json&) {
    const Json silent{{"severity", "failure"}, {"title", "every pod answers"}, {"evidence", "no"}};
    const Json cut_off{{"code", "deadline"}, {"message", "the time is up"}};
    return ++asked == 1 ? Json{{"failed", true}, {"items", {silent}}}
                        : Json{{"failed", false}, {"problems", {cut_off}}};
  };
  const Execution done = lane.carry_out();
  CHECK(asked > 1);
  const std::string& said = done.results[2].problem->message;
  CHECK(said.find("every pod answers: no") != std::string::npos);
  CHECK(said.find("the time is up") == std::string::npos);
}

TEST_CASE("a proof that fails without findings says what is noted, or where to look") {
  const bool noted = GENERATE(false, true);
  Json report{{"failed", true}};
  if (noted) {
    report["notes"] = {{{"severity", "info"}, {"text", "by the way"}},
                       {{"severity", "warning"}, {"text", "1 of 2 pods stale"}}};
  }
  Lane lane;
  lane.options.ask = [&](const std::string&, const std::string&, const Json&) { return report; };
  const std::string said = lane.carry_out().results[2].problem->message;
  CHECK_THAT(said, Catch::Contains(noted ? "not proven: 1 of 2 pods stale"
                                         : "not proven: kubectl mesh dns verify shows what is "
                                           "missing"));
  CHECK(said.find("by the way") == std::string::npos);
}

TEST_CASE("a proof does not wait for a plugin that failed") {
  Lane lane;
  lane.proof_seconds = 24 * 60 * 60;
  int asked = 0;
  lane.options.ask = [&](const std::string&, const std::string&, const Json&) {
    const Json fault{{"code", "refused"},
                     {"message", "is not trusted"},
                     {"hint", "trust it"},
                     {"plugin", "corp"}};
    return ++asked, Json{{"failed", false}, {"problems", {fault}}};
  };
  CHECK_THAT(lane.carry_out().results[2].problem->message,
             Catch::Contains("not proven: plugin corp: is not trusted; trust it"));
  CHECK(asked == 1);
}

TEST_CASE("a restart that fails before the proof reverts the edit, too") {
  Lane lane;
  lane.cluster.failures["merge"] = {
      .code = "forbidden", .message = "no", .hint = {}, .cluster = {}, .object = {}};
  const Execution done = lane.carry_out();
  CHECK(done.results[0].outcome == Outcome::reverted);
  CHECK(done.results[1].outcome == Outcome::failed);
  CHECK(done.results[2].outcome == Outcome::not_started);
  CHECK(lane.objects() == lane.before);
}

TEST_CASE("a plugin that crashes while it proves reverts the edit, too") {
  Lane lane;
  lane.options.ask = [](const std::string&, const std::string&, const Json&) -> Json {
    throw mesh::Failure("plugin-fault", "crashed");
  };
  lane.carry_out();
  CHECK(lane.objects() == lane.before);
}

TEST_CASE("a change of another manager between edit and proof stays, only our lines go") {
  Lane lane;
  lane.options.ask = [&](const std::string&, const std::string&, const Json&) -> Json {
    lane.cluster.change(k_edited, "kubectl-edit",
                        [](Json& live) { live["data"]["Corefile"] = "theirs\nold\nnew\n"; });
    throw mesh::Failure("plugin-fault", "crashed");
  };
  lane.carry_out();
  CHECK(lane.cluster.at(k_edited)["data"]["Corefile"] == "theirs\nold\n");
}

TEST_CASE("what is proven stays, and the journal says so") {
  Lane lane;
  lane.options.ask = [](const std::string&, const std::string&, const Json&) {
    return Json{{"failed", false}};
  };
  const Execution done = lane.carry_out();
  CHECK(done.results[2].outcome == Outcome::done);
  CHECK(lane.cluster.at(k_edited)["data"]["Corefile"] == "old\nnew\n");
  for (const mesh::JournalEntry& entry : lane.journal.entries()) CHECK_FALSE(entry.unproven);
}

TEST_CASE("what a killed run left unproven is found by the next one, unless it ended or goes on") {
  Lane lane;
  lane.options.ask = [](const std::string&, const std::string&, const Json&) {
    return Json{{"failed", false}};
  };
  std::vector<Step> steps = mesh::diff(lane.actions(), lane.world.fleet());
  // Killed in the proof: the writes are done, and nothing came after them.
  steps.back().action.revert = true;
  lane.options.listener = [](const Step& step, const mesh::StepResult*) {
    if (step.action.type == ActionType::prove) throw 0;
  };
  CHECK_THROWS_AS(mesh::execute(steps, lane.world.fleet(), mesh::identify(lane.world.fleet()),
                                &lane.journal, lane.options),
                  int);
  CHECK(Journal::interrupted().empty());  // it still goes on
  const std::string run = lane.journal.run();
  lane.journal = Journal::begin("another");
  std::vector<Journal> left = Journal::interrupted();
  REQUIRE(left.size() == 1);
  CHECK(left.front().run() == run);
  mesh::revert_entries(left.front().entries(), lane.world.fleet(), &left.front());
  CHECK(lane.objects() == lane.before);
  left.clear();
  CHECK(Journal::interrupted().empty());
}

namespace {

/// Somebody with a tool of his own reverts an edit of ours while the phase still goes on.
Execution reverted_meanwhile(World& world, const std::vector<Action>& actions) {
  TemporaryFolder folder;
  const Environment state{"XDG_STATE_HOME", folder.path().c_str()};
  const Environment data{"XDG_DATA_HOME", folder.path().c_str()};
  mesh::test::FakeCluster& cluster = world.clusters["a"];
  const mesh::test::Write kubectl{.manager = "kubectl", .operation = "Update"};
  cluster.store(k_edited,
                mesh::test::updated(Json(), config_map("c", {{"Corefile", "old\n"}}), kubectl));
  cluster.before_write = [&](const std::string&, const ObjectRef& ref) {
    if (ref.name != "later") return;
    cluster.change(k_edited, "addon-manager",
                   [](Json& object) { object["data"]["Corefile"] = "old\n"; });
  };
  Journal journal = Journal::begin("dns install");
  return mesh::execute(mesh::diff(actions, world.fleet()), world.fleet(),
                       mesh::identify(world.fleet()), &journal, {});
}

}  // namespace

TEST_CASE("what somebody reverts before the phase has ended fails, and no phase follows") {
  World world{{"a"}};
  Action edit = action_on(ActionType::edit, "a", k_edited);
  edit.patch = {{{"op", "replace"}, {"path", "/data/Corefile"}, {"value", "old\nnew\n"}}};
  Action next = mesh::test::apply_action("a", config_map("next", {}));
  next.phase = 1;
  const Execution done = reverted_meanwhile(
      world, {edit, mesh::test::apply_action("a", config_map("later", {})), next});
  CHECK(done.results[0].outcome == Outcome::failed);
  CHECK(done.results[0].problem->message.find("\"addon-manager\" at ") != std::string::npos);
  CHECK(done.results[1].outcome == Outcome::done);
  CHECK(done.results[2].outcome == Outcome::not_started);
}

TEST_CASE("of several writes to one object the last one is to be there at the end of the phase") {
  World world{{"a"}};
  Action first = action_on(ActionType::edit, "a", k_edited);
  first.patch = {{{"op", "add"}, {"path", "/data/first"}, {"value", "1"}}};
  Action second = action_on(ActionType::edit, "a", k_edited);
  second.patch = {{{"op", "add"}, {"path", "/data/second"}, {"value", "2"}}};
  const Execution done = reverted_meanwhile(world, {first, second});
  CHECK(done.results[0].outcome == Outcome::done);
  CHECK(done.results[1].outcome == Outcome::done);
}

TEST_CASE("what a controller sets to a value of its own is its affair, unless it is data") {
  struct Row {
    const char* kind;
    const char* manager;
    const char* value;
    Outcome outcome;
  };
  const Row row = GENERATE(Row{"ServiceAccount", "pilot-discovery", "\"Fail\"", Outcome::done},
                           Row{"ServiceAccount", "pilot-discovery", "null", Outcome::failed},
                           Row{"ServiceAccount", "kubectl-mesh", "\"Fail\"", Outcome::failed},
                           Row{"ConfigMap", "pilot-discovery", "\"Fail\"", Outcome::failed});
  INFO(row.kind << " " << row.manager << " " << row.value);
  TemporaryFolder folder;
  const Environment state{"XDG_STATE_HOME", folder.path().c_str()};
  const Environment data{"XDG_DATA_HOME", folder.path().c_str()};
  World world{{"a"}};
  mesh::test::FakeCluster& cluster = world.clusters["a"];
  Json object = config_map("webhook", {{"policy", "Ignore"}});
  object["kind"] = row.kind;
  cluster.before_write = [&](const std::string&, const ObjectRef& ref) {
    if (ref.name != "later") return;
    cluster.change(mesh::ref_of(object), row.manager, [&](Json& it) {
      const Json value = Json::parse(row.value);
      if (value.is_null()) {
        it["data"].erase("policy");
      } else {
        it["data"]["policy"] = value;
      }
    });
  };
  Journal journal = Journal::begin("helm install");
  const std::vector<Step> steps =
      mesh::diff({mesh::test::apply_action("a", object),
                  mesh::test::apply_action("a", config_map("later", {}))},
                 world.fleet());
  const Execution done =
      mesh::execute(steps, world.fleet(), mesh::identify(world.fleet()), &journal, {});
  CHECK(done.results[0].outcome == row.outcome);
}
