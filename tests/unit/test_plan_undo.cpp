#include "undo_support.hpp"
#include <catch2/catch.hpp>

using mesh::Action;
using mesh::ActionType;
using mesh::Journal;
using mesh::Json;
using mesh::ObjectRef;
using mesh::Plan;
using mesh::Step;
using mesh::test::action_on;
using mesh::test::apply_action;
using mesh::test::config_map;
using mesh::test::edit;
using mesh::test::k_map;
using mesh::test::k_secret;
using mesh::test::problem_of;
using mesh::test::replaced;
using mesh::test::Run;
using mesh::test::secret;
using mesh::test::World;

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

TEST_CASE("a field that the run added goes, even if an edit of ours owns it as well") {
  Run run;
  run.theirs(config_map("c", {{"theirs", "x"}}));
  const Json before = run.content(k_map);
  run.carry_out({apply_action("a", config_map("c", {{"ours", "y"}}))});
  // Somebody else changed the field, and gave it back by an edit under our name.
  run.cluster.change(k_map, "kubectl", [](Json& map) { map["data"]["ours"] = "z"; });
  run.cluster.change(k_map, "kubectl-mesh", [](Json& map) { map["data"]["ours"] = "y"; });
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
  run.cluster.store(
      k_map, mesh::test::applied(
                 run.cluster.at(k_map), config_map("c", {{"k", "v"}}),
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
  SECTION("still being deleted: that is waited for") {
    Json ending = before;
    ending["metadata"]["deletionTimestamp"] = "2026-11-30T11:00:00Z";
    run.theirs(ending);
    run.undo();
    CHECK(run.content(k_map)["data"] == before["data"]);
    CHECK(run.content(k_map)["metadata"].count("deletionTimestamp") == 0);
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
  const std::string text = mesh::test::content(run.folder.path() / "kubectl-mesh/runs" /
                                               (run.journal->run() + ".jsonl"));
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
  const std::vector<Step> planned =
      mesh::diff(edits ? std::vector<Action>{edit(k_map, replaced("/data/k", "new"))}
                       : std::vector<Action>{apply_action("a", made)},
                 run.world.fleet());
  mesh::execute(planned, run.world.fleet(), mesh::identify(run.world.fleet()), &*run.journal, {});
  run.cluster.before_write = nullptr;
  // As a kill before the answer leaves it: the line after the write is not in the journal.
  const auto path = run.folder.path() / "kubectl-mesh/runs" / (run.journal->run() + ".jsonl");
  std::string text = mesh::test::content(path);
  if (const std::size_t after =
          text.find("{\"change\":\"" + std::string(row.before == none ? "create" : "update") +
                    "\",\"number\":0,\"type\":\"after\"");
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
  live["metadata"]["managedFields"].push_back(
      {{"manager", "kubeadm"},
       {"operation", "Apply"},
       {"time", "2026-11-30T11:00:00Z"},
       {"fieldsV1", {{"f:data", {{"f:k", Json::object()}}}}}});
  run.undo();
  CHECK(run.content(k_map)["data"] == Json{{"k", "old"}});
}
