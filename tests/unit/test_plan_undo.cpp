#include "plan_support.hpp"
#include <catch2/catch.hpp>

#include "plan/journal.hpp"
#include "plan/object.hpp"

using mesh::Action;
using mesh::ActionType;
using mesh::Change;
using mesh::Journal;
using mesh::JournalEntry;
using mesh::Json;
using mesh::ObjectRef;
using mesh::Plan;
using mesh::test::config_map;
using mesh::test::Environment;
using mesh::test::FakeCluster;
using mesh::test::problem_of;
using mesh::test::secret;
using mesh::test::TemporaryFolder;
using mesh::test::World;

namespace {

/// A run in one cluster, and what became of its objects since.
struct Run {
  TemporaryFolder folder;
  Environment xdg{"XDG_STATE_HOME", folder.path().c_str()};
  World world{{"a"}};
  Journal journal{Journal::begin("certs install")};
  int steps = 0;

  /// The run wrote `after` (null: deleted) where `before` was; `done`: it was not killed meanwhile.
  void wrote(const Json& before, Json after, bool done = true) {
    const Json& object = after.is_null() ? before : after;
    JournalEntry entry;
    entry.number = steps++;
    entry.cluster = "a";
    entry.cluster_uid = "uid-of-a";
    entry.ref = mesh::ref_of(object);
    entry.change = after.is_null()    ? Change::remove
                   : before.is_null() ? Change::create
                                      : Change::update;
    entry.before = before;
    journal.before(entry);
    if (!done) return;
    if (!after.is_null()) {
      world.clusters["a"].put(after, "7", "100");
      const Json& live = world.clusters["a"].objects[FakeCluster::key(entry.ref)];
      entry.after_uid = mesh::metadata_text(live, "uid");
      entry.after_resource_version = mesh::metadata_text(live, "resourceVersion");
      entry.after_hash = mesh::content_hash(live);
    }
    journal.after(entry);
  }
  Plan plan() { return mesh::plan_undo(journal, world.fleet()); }
  std::string refusal() {
    const Plan made = plan();
    CHECK(made.actions.empty());
    return made.refusals.empty() ? "" : made.refusals.front().message;
  }
};

Json ours(Json object) {
  object["metadata"]["labels"] = {{"app.kubernetes.io/managed-by", "kubectl-mesh"}};
  return object;
}

}  // namespace

TEST_CASE("what the run created is deleted, if it is still the same object") {
  Run run;
  run.wrote(nullptr, config_map("c", {{"k", "v"}}));
  const Plan plan = run.plan();
  REQUIRE(plan.actions.size() == 1);
  CHECK(plan.actions[0].type == ActionType::remove);
  CHECK(plan.actions[0].precondition == Json{{"/metadata/uid", "7"}});
  CHECK(plan.title == "take back run " + run.journal.run() + " (certs install)");
}

TEST_CASE("what the run changed is changed back, by a patch that leads exactly there") {
  Run run;
  const Json before = config_map("c", {{"k", "old"}, {"gone", "x"}});
  run.wrote(before, config_map("c", {{"k", "new"}, {"more", "y"}}));
  const Plan plan = run.plan();
  REQUIRE(plan.actions.size() == 1);
  CHECK(plan.actions[0].type == ActionType::edit);
  const Json live = run.world.clusters["a"].objects.at("v1|ConfigMap|shop|c");
  CHECK(mesh::without_volatile(live.patch(plan.actions[0].patch)) == before);
  CHECK(mesh::diff(plan, run.world.fleet()).front().change == Change::update);
}

TEST_CASE("what the run deleted is made again, unless somebody did already") {
  Run run;
  const Json before = config_map("c", {{"k", "v"}});
  run.wrote(before, nullptr);
  const Plan plan = run.plan();
  REQUIRE(plan.actions.size() == 1);
  CHECK(plan.actions[0].type == ActionType::apply);
  CHECK(plan.actions[0].object == before);

  Run again;
  again.wrote(before, nullptr);
  again.world.clusters["a"].put(before, "9", "200");
  CHECK(again.refusal() == "a: ConfigMap shop/c is there again; somebody made it since");
}

TEST_CASE("the newest write is taken back first") {
  Run run;
  for (const char* name : {"1st", "2nd", "3rd"}) run.wrote(nullptr, config_map(name, {}));
  const Plan plan = run.plan();
  REQUIRE(plan.actions.size() == 3);
  CHECK(plan.actions[0].target.name == "3rd");
  CHECK(plan.actions[2].target.name == "1st");
  CHECK(plan.actions[0].phase < plan.actions[1].phase);
}

TEST_CASE("what somebody else changed since is refused, what only the server counts is not") {
  struct Row {
    const char* why;
    void (*change)(Json&);
    bool refused;
  };
  const Row row = GENERATE(
      Row{"nothing", [](Json&) {}, false},
      Row{"a status",
          [](Json& live) {
            live["status"] = 1;
            live["metadata"]["resourceVersion"] = "200";
          },
          false},
      Row{"a value",
          [](Json& live) {
            live["data"]["k"] = "w";
            live["metadata"]["resourceVersion"] = "200";
          },
          true},
      Row{"a label",
          [](Json& live) {
            live["metadata"]["labels"]["x"] = "y";
            live["metadata"]["resourceVersion"] = "200";
          },
          true},
      Row{"another object of that name", [](Json& live) { live["metadata"]["uid"] = "8"; }, true});
  INFO(row.why);
  Run run;
  run.wrote(nullptr, config_map("c", {{"k", "v"}}));
  row.change(run.world.clusters["a"].objects.at("v1|ConfigMap|shop|c"));
  const Plan plan = run.plan();
  CHECK(plan.refusals.size() == (row.refused ? 1 : 0));
  CHECK(plan.actions.size() == (row.refused ? 0 : 1));
}

TEST_CASE("of a Secret only its version tells whether it was changed, and it is never restored") {
  Run created;
  created.wrote(nullptr, secret("s", {{"k", "v"}}));
  CHECK(created.plan().actions.size() == 1);
  Run touched;
  touched.wrote(nullptr, secret("s", {{"k", "v"}}));
  touched.world.clusters["a"].objects.at("v1|Secret|shop|s")["metadata"]["resourceVersion"] = "101";
  CHECK(touched.refusal().ends_with("was changed by somebody else since"));
  Run updated;
  updated.wrote(secret("s", {{"k", "old"}}), secret("s", {{"k", "new"}}));
  CHECK(updated.refusal().find("cannot be restored") != std::string::npos);
  Run deleted;
  deleted.wrote(secret("s", {{"k", "old"}}), nullptr);
  CHECK(deleted.refusal().find("cannot be restored") != std::string::npos);
}

TEST_CASE("what is gone already, or was left as it was, is nothing to take back") {
  Run run;
  run.wrote(nullptr, config_map("c", {}));
  run.world.clusters["a"].objects.erase("v1|ConfigMap|shop|c");
  const Plan plan = run.plan();
  CHECK(plan.actions.empty());
  CHECK(plan.refusals.empty());
}

TEST_CASE("a write that a kill interrupted is judged by what is there") {
  const Json old = config_map("c", {{"k", "old"}});
  const Json made = config_map("c", {{"k", "new"}});
  struct Row {
    const char* why;
    Json before, wrote, live;
    int actions, refusals;
  };
  const Row row =
      GENERATE_COPY(Row{"create never arrived", nullptr, made, nullptr, 0, 0},
                    Row{"create arrived", nullptr, made, ours(made), 1, 0},
                    Row{"somebody else's of that name", nullptr, made, made, 0, 0},
                    Row{"change never arrived", old, made, old, 0, 0},
                    Row{"change of ours arrived", ours(old), ours(made), ours(made), 1, 0},
                    Row{"change of a foreign object arrived", old, made, made, 0, 1},
                    Row{"delete never arrived", old, nullptr, old, 0, 0},
                    Row{"delete arrived", old, nullptr, nullptr, 1, 0});
  INFO(row.why);
  Run run;
  run.wrote(row.before, row.wrote, false);
  if (!row.live.is_null()) run.world.clusters["a"].put(row.live, "7", "100");
  const Plan plan = run.plan();
  CHECK(plan.actions.size() == static_cast<std::size_t>(row.actions));
  CHECK(plan.refusals.size() == static_cast<std::size_t>(row.refusals));
}

TEST_CASE("a namespace is deleted only when nobody else lives in it") {
  const Json space{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "shop"}}}};
  Run empty;
  empty.wrote(nullptr, space);
  empty.wrote(nullptr, config_map("c", {}));
  empty.world.clusters["a"].put(config_map("kube-root-ca.crt", {}), "1", "1");
  CHECK(empty.plan().actions.size() == 2);
  Run full;
  full.wrote(nullptr, space);
  full.world.clusters["a"].put(secret("theirs", {}), "1", "1");
  const Plan plan = full.plan();
  CHECK(plan.actions.empty());
  REQUIRE(plan.notes.size() == 1);
  CHECK(plan.notes.front().text == "Namespace shop stays: it holds Secret shop/theirs");
}

TEST_CASE("a context that leads to another cluster by now is not touched") {
  Run run;
  run.wrote(config_map("c", {}), nullptr);
  run.world.clusters["a"].objects.at("v1|Namespace||kube-system")["metadata"]["uid"] = "other";
  const Plan plan = run.plan();
  REQUIRE(plan.refusals.size() == 1);
  CHECK(plan.refusals.front().message.find("the context is another cluster now") !=
        std::string::npos);
}

TEST_CASE("all clusters of the run must be addressed") {
  Run run;
  run.wrote(nullptr, config_map("c", {}));
  World other({"b"});
  const mesh::Problem problem = problem_of([&] { mesh::plan_undo(run.journal, other.fleet()); });
  CHECK(problem.code == "usage");
  CHECK(problem.message == "the run wrote to \"a\" too");
}

TEST_CASE("an object that the run wrote twice is taken back in one step") {
  SECTION("made, then changed: it goes") {
    Run run;
    run.wrote(nullptr, config_map("c", {{"k", "1"}}));
    run.wrote(config_map("c", {{"k", "1"}}), config_map("c", {{"k", "2"}}));
    const Plan plan = run.plan();
    REQUIRE(plan.actions.size() == 1);
    CHECK(plan.actions[0].type == ActionType::remove);
  }
  SECTION("changed twice: it is as before the first") {
    Run run;
    const Json before = config_map("c", {{"k", "0"}});
    run.wrote(before, config_map("c", {{"k", "1"}}));
    run.wrote(config_map("c", {{"k", "1"}}), config_map("c", {{"k", "2"}}));
    const Plan plan = run.plan();
    REQUIRE(plan.actions.size() == 1);
    const Json live = run.world.clusters["a"].objects.at("v1|ConfigMap|shop|c");
    CHECK(mesh::without_volatile(live.patch(plan.actions[0].patch)) == before);
  }
}
