#include <algorithm>

#include "plan_support.hpp"
#include <catch2/catch.hpp>

#include "plan/preflight.hpp"

using mesh::Action;
using mesh::ActionType;
using mesh::Change;
using mesh::Identities;
using mesh::ObjectRef;
using mesh::Right;
using mesh::Step;
using mesh::test::action_on;
using mesh::test::apply_action;
using mesh::test::config_map;
using mesh::test::World;

namespace {

const ObjectRef k_entry{"networking.istio.io/v1", "ServiceEntry", "shop", "cart"};

Step step_of(ActionType type, Change change, const ObjectRef& ref,
             const std::string& cluster = "a") {
  Step step;
  step.action = action_on(type, cluster, ref);
  step.ref = ref;
  step.change = change;
  if (type == ActionType::run) step.action.program = "sh";
  return step;
}

}  // namespace

TEST_CASE("exactly the rights that a write takes are asked for") {
  struct Row {
    ActionType type;
    Change change;
    std::vector<Right> rights;
  };
  const std::string group = "networking.istio.io";
  const Right patch{"patch", group, "serviceentries", "shop", "cart"};
  const Row row = GENERATE_COPY(
      // A new object has no name that a role could list.
      Row{ActionType::apply,
          Change::create,
          {{"create", group, "serviceentries", "shop", ""}, patch}},
      Row{ActionType::apply, Change::update, {patch}}, Row{ActionType::apply, Change::leave, {}},
      Row{ActionType::edit, Change::update, {patch}},
      Row{ActionType::remove,
          Change::remove,
          {{"delete", group, "serviceentries", "shop", "cart"}}},
      Row{ActionType::restart, Change::act, {patch}}, Row{ActionType::wait, Change::act, {}},
      Row{ActionType::run, Change::act, {}}, Row{ActionType::store, Change::act, {}});
  World world({"a"});
  // Twice the same step is one question.
  const Step step = step_of(row.type, row.change, k_entry);
  CHECK(mesh::preflight({step, step}, world.fleet(), {}).empty());
  std::vector<Right> asked = world.clusters["a"].asked;
  std::sort(asked.begin(), asked.end());
  CHECK((asked == row.rights));
}

TEST_CASE(
    "a field of another manager is an obstacle before the first write, if its value differs") {
  World world({"a", "b"});
  const ObjectRef ref{"v1", "ConfigMap", "shop", "c"};
  for (const char* name : {"a", "b"}) {
    mesh::test::FakeCluster& cluster = world.clusters[name];
    cluster.store(ref, mesh::test::applied(mesh::Json(), config_map("c", {{"k", "ours"}}),
                                           {.manager = "kubectl-mesh", .operation = "Apply"}));
  }
  mesh::test::FakeCluster& b = world.clusters["b"];
  b.change(ref, "kubectl-edit", [](mesh::Json& map) { map["data"]["k"] = "theirs"; });
  const int writes = b.writes;
  const auto obstacles = [&](const char* value) {
    std::vector<Action> actions;
    for (const char* name : {"a", "b"})
      actions.push_back(apply_action(name, config_map("c", {{"k", value}})));
    for (const char* name : {"a", "b"}) world.fleet().forget_all(name);
    return mesh::preflight(mesh::diff(actions, world.fleet()), world.fleet(), {});
  };
  const std::vector<mesh::Problem> found = obstacles("new");
  REQUIRE(found.size() == 1);
  CHECK(found[0].code == "conflict");
  CHECK(found[0].cluster == "b");
  CHECK(found[0].message ==
        "b: ConfigMap shop/c is managed by somebody else; not forced\n"
        "  .data.k belongs to \"kubectl-edit\": there \"theirs\", wanted \"new\"");
  CHECK(found[0].hint.ends_with("nothing was written anywhere"));
  CHECK(obstacles("theirs").empty());
  CHECK(b.writes == writes);
}

TEST_CASE("many objects of a kind are one question, unless only some of them may be touched") {
  std::vector<Step> steps;
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    ObjectRef entry = k_entry;
    entry.name = name;
    steps.push_back(step_of(ActionType::edit, Change::update, entry));
  }
  World world({"a"});
  CHECK(mesh::preflight(steps, world.fleet(), {}).empty());
  CHECK(world.clusters["a"].asked.size() == 1);
  world.clusters["a"].asked.clear();
  world.clusters["a"].denied = {"patch serviceentries"};
  CHECK(mesh::preflight(steps, world.fleet(), {}).size() == 5);
  CHECK(world.clusters["a"].asked.size() == 1 + 5);
}

TEST_CASE("what a program or a proof needs is asked for too, subresources among it") {
  World world({"a"});
  Step run = step_of(ActionType::run, Change::act, k_entry);
  run.action.needs = {{"create", {"apps/v1", "Deployment", "istio-system", ""}}};
  Step prove = step_of(ActionType::prove, Change::act, k_entry);
  prove.action.needs = {{"create", {"v1", "Pod", "kube-system", ""}, "portforward"}};
  world.clusters["a"].denied = {"create pods"};
  const auto problems = mesh::preflight({run, prove}, world.fleet(), {});
  const std::vector<Right> asked = world.clusters["a"].asked;
  CHECK(std::count(asked.begin(), asked.end(),
                   Right{"create", "apps", "deployments", "istio-system", ""}) == 1);
  CHECK(std::count(asked.begin(), asked.end(),
                   Right{"create", "", "pods", "kube-system", "", "portforward"}) == 1);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].message.find("you may not create pods/portforward in namespace kube-system") !=
        std::string::npos);
}

TEST_CASE("a program that is not there is an obstacle before the first write") {
  World world({"a"});
  Step step = step_of(ActionType::run, Change::act, k_entry);
  step.action.program = "/nowhere/helm";
  const auto problems = mesh::preflight({step, step}, world.fleet(), {});
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].code == "missing");
  CHECK(problems[0].message.find("/nowhere/helm") != std::string::npos);
}

TEST_CASE("every right that is missing is named, in every cluster, and nothing was written") {
  World world({"a", "b"});
  world.clusters["a"].denied = {"patch serviceentries", "create serviceentries"};
  world.clusters["b"].denied = {"delete namespaces"};
  const auto problems = mesh::preflight(
      {step_of(ActionType::apply, Change::create, k_entry),
       step_of(ActionType::apply, Change::update, {"v1", "Secret", "shop", "s"}),
       step_of(ActionType::remove, Change::remove, {"v1", "Namespace", "", "n"}, "b")},
      world.fleet(), {});
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].message ==
        "a: you may not create serviceentries.networking.istio.io in namespace shop (no rule); "
        "nothing was written anywhere");
  CHECK(problems[1].message.find("patch serviceentries") != std::string::npos);
  CHECK(problems[2].message ==
        "b: you may not delete namespaces (no rule); nothing was written anywhere");
  for (const auto& problem : problems) CHECK(problem.code == "forbidden");
  CHECK(problems[2].cluster == "b");
}

TEST_CASE("a cluster that cannot say whether we may is an obstacle, the others still answer") {
  World world({"a", "b"});
  mesh::Problem down;
  down.code = "unreachable";
  down.cluster = "b";
  world.clusters["b"].failures["denied"] = down;
  world.clusters["a"].denied = {"patch secrets"};
  const ObjectRef secret_ref{"v1", "Secret", "shop", "s"};
  const auto problems =
      mesh::preflight({step_of(ActionType::apply, Change::update, secret_ref),
                       step_of(ActionType::apply, Change::update, secret_ref, "b")},
                      world.fleet(), {});
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].code == "forbidden");
  CHECK(problems[1].code == "unreachable");
}

TEST_CASE("clusters are known by the UID of kube-system, and one that fails stops no other") {
  World world({"a", "b", "c"});
  mesh::Problem down;
  down.code = "tls";
  down.cluster = "b";
  world.clusters["b"].failures["get"] = down;
  world.clusters["c"].objects.clear();
  const Identities identities = mesh::identify(world.fleet());
  REQUIRE(identities.known.size() == 1);
  CHECK(identities.known.at("a").uid == "uid-of-a");
  REQUIRE(identities.problems.size() == 2);
  CHECK(identities.problems[0].code == "tls");
  CHECK(identities.problems[1].message ==
        "c: there is no namespace kube-system: is this a Kubernetes cluster?");
  // What stands against a cluster stands against writing.
  CHECK(mesh::preflight({}, world.fleet(), identities).size() == 2);
}

TEST_CASE("contexts that mean one cluster are told, each with the first") {
  Identities identities;
  for (const auto& [name, uid] : {std::pair{"a", "1"}, std::pair{"b", "2"}, std::pair{"c", "1"},
                                  std::pair{"d", "1"}, std::pair{"e", ""}, std::pair{"f", ""}}) {
    identities.known[name].uid = uid;
  }
  const auto problems = mesh::same_cluster_problems(identities);
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].message == "contexts \"a\" and \"c\" are the same cluster (UID 1)");
  CHECK(problems[1].message == "contexts \"a\" and \"d\" are the same cluster (UID 1)");
  CHECK(problems[1].code == "same-cluster");
}
