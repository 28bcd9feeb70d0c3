#include <regex>

#include "cli_support.hpp"
#include "schema_support.hpp"
#include <catch2/catch.hpp>

#include "base/yaml.hpp"
#include "cli/output.hpp"

namespace mesh {

static const char* const k_canary = "Y2FuYXJ5LWtleQ==";

static Action application(const std::string& cluster, Json object, const std::string& reason) {
  Action action;
  action.type = ActionType::apply;
  action.cluster = cluster;
  action.object = std::move(object);
  action.reason = reason;
  return action;
}

static Json name_space() {
  return {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "istio-system"}}}};
}

static Json secret() {
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"metadata", {{"name", "cacerts"}, {"namespace", "istio-system"}}},
          {"data", {{"ca-key.pem", k_canary}}}};
}

static Step step(const Action& action, Change change, std::vector<FieldChange> fields = {}) {
  Step made;
  made.action = action;
  made.ref = action.type == ActionType::apply ? ref_of(action.object) : action.target;
  made.change = change;
  made.fields = std::move(fields);
  return made;
}

/// A file of ours, then two clusters: one to be changed in every way, one that is as wanted.
struct Case {
  Case() {
    Action store;
    store.type = ActionType::store;
    store.file.folder = "/home/jane/ca";
    store.file.name = "root.pem";
    store.file.data = k_canary;
    store.reason = "the root is kept here";
    Action remove;
    remove.type = ActionType::remove;
    remove.cluster = "game-gke";
    remove.target = {"v1", "ConfigMap", "istio-system", "old"};
    remove.reason = "left over";
    Action restart = remove;
    restart.type = ActionType::restart;
    restart.target = {"apps/v1", "Deployment", "istio-system", "istiod"};
    restart.reason = "reads its CA when it starts";
    plan.title = "A shared root for 2 clusters";
    plan.notes = {{Severity::warning, "game-gke", "istiod signs with a root of its own"}};
    plan.next = {"kubectl mesh certs verify --contexts game-gke,game-agones"};
    plan.actions = {store,
                    application("game-gke", name_space(), "istiod lives there"),
                    application("game-gke", secret(), "signed by the shared root"),
                    remove,
                    restart,
                    application("game-agones", name_space(), "istiod lives there")};
    steps = {step(store, Change::act),
             step(plan.actions[1], Change::create),
             step(plan.actions[2], Change::update,
                  {{"/data/ca-key.pem", "sha256:111111111111", "sha256:222222222222"},
                   {"/metadata/labels/app.kubernetes.io~1managed-by", nullptr, "kubectl-mesh"}}),
             step(remove, Change::remove),
             step(restart, Change::act),
             step(plan.actions[5], Change::leave)};
  }

  test::Environment home{"HOME", "/home/jane"};
  Plan plan;
  std::vector<Step> steps;
};

/// Fingerprints are keyed anew in every process.
static std::string without_fingerprints(const std::string& text) {
  return std::regex_replace(text, std::regex("sha256:[0-9a-f]{12}"), "sha256:............");
}

TEST_CASE("a plan tells per cluster what would change, and why") {
  const Case a;
  test::matches_golden("plan.txt", render_plan(a.plan, a.steps, OutputFormat::table, {}, {}));
  test::matches_golden("plan-terminal.txt",
                       render_plan(a.plan, a.steps, OutputFormat::table,
                                   {.color = true, .symbols = true, .terminal = true}, {}));
}

TEST_CASE("a plan for programs is a document that fits its schema") {
  const Case a;
  const std::string yaml = render_plan(a.plan, a.steps, OutputFormat::yaml, {}, {});
  test::matches_golden("plan.yaml", without_fingerprints(yaml));
  const Json document = Json::parse(render_plan(a.plan, a.steps, OutputFormat::json, {}, {}));
  CHECK(document["kind"] == "Plan");
  CHECK(document["actions"].size() == 6);
  CHECK(document["actions"][2]["change"] == "change");
  CHECK(test::misfit(document, "output.json") == "");
}

TEST_CASE("no form of a plan shows a secret unless it is asked for") {
  const Case a;
  for (const OutputFormat format : {OutputFormat::table, OutputFormat::wide, OutputFormat::json,
                                    OutputFormat::yaml, OutputFormat::name}) {
    CHECK(render_plan(a.plan, a.steps, format, {}, {}).find(k_canary) == std::string::npos);
  }
  const Json shown =
      Json::parse(render_plan(a.plan, a.steps, OutputFormat::json, {}, {.show_secrets = true}));
  CHECK(shown["actions"][2]["object"]["data"]["ca-key.pem"] == k_canary);
  // The operator's own file is a root key; not even then.
  CHECK_FALSE(shown["actions"][0]["file"].contains("data"));
}

TEST_CASE("a diff has the whole of what is created and deleted, without values of Secrets") {
  Case a;
  a.steps[2].change = Change::create;
  a.steps[2].fields.clear();
  a.steps[3].live = {{"kind", "ServiceEntry"}, {"spec", {{"hosts", {"app9.default.global"}}}}};
  const std::string text =
      render_plan(a.plan, a.steps, OutputFormat::table, {}, {.contents = true});
  test::matches_golden("diff.txt", without_fingerprints(text));
  CHECK(text.find(k_canary) == std::string::npos);
  CHECK(render_plan(a.plan, a.steps, OutputFormat::table, {},
                    {.show_secrets = true, .contents = true})
            .find(k_canary) != std::string::npos);
}

TEST_CASE("what a later part may write stands in its cluster, and makes one that has no step yet") {
  Case a;
  a.plan.continues = true;
  a.plan.announces = {
      {.type = ActionType::edit,
       .cluster = "game-gke",
       .target = {"v1", "ConfigMap", "kube-system", "coredns"},
       .reason = "the zone is sent to the server"},
      {.type = ActionType::remove,
       .cluster = "game-third",
       .target = {"apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "*.istio.io"}},
      {.type = ActionType::run, .cluster = "game-third", .program = "helm"},
      {.type = ActionType::store, .file = "root.pem"}};
  test::matches_golden("plan-later.txt", render_plan(a.plan, a.steps, OutputFormat::table, {}, {}));
  const Json document = Json::parse(render_plan(a.plan, a.steps, OutputFormat::json, {}, {}));
  CHECK(document["announces"].size() == 4);
  CHECK(test::misfit(document, "output.json") == "");
}

TEST_CASE("the patch of a Secret is shown without its values") {
  Action edit;
  edit.type = ActionType::edit;
  edit.cluster = "game-gke";
  edit.target = {"v1", "Secret", "istio-system", "cacerts"};
  edit.patch = {{{"op", "replace"}, {"path", "/data/ca-key.pem"}, {"value", k_canary}}};
  edit.precondition = {{"/data/ca-key.pem", k_canary}};
  Plan plan;
  plan.actions = {edit};
  const std::vector<Step> steps{step(edit, Change::update)};
  const std::string text = render_plan(plan, steps, OutputFormat::json, {}, {});
  CHECK(text.find(k_canary) == std::string::npos);
  CHECK(Json::parse(text)["actions"][0]["patch"][0]["path"] == "/data/ca-key.pem");
}

TEST_CASE("names of a plan are what it changes") {
  const Case a;
  CHECK(render_plan(a.plan, a.steps, OutputFormat::name, {}, {}) ==
        "game-gke/Namespace/istio-system\n"
        "game-gke/Secret/istio-system/cacerts\n"
        "game-gke/ConfigMap/istio-system/old\n"
        "game-gke/Deployment/istio-system/istiod\n");
}

TEST_CASE("a plan that changes nothing says so") {
  Plan plan;
  plan.actions = {application("a", name_space(), "wanted")};
  CHECK(render_plan(plan, {step(plan.actions[0], Change::leave)}, OutputFormat::table, {}, {}) ==
        "a\n  = leave Namespace istio-system  (wanted)\n\nNothing to change.\n");
  CHECK(render_plan({}, {}, OutputFormat::table, {}, {}) == "Nothing to change.\n");
}

TEST_CASE(
    "of a value of several lines the plan shows the block that differs, escaped line by line") {
  Action edit;
  edit.type = ActionType::edit;
  edit.cluster = "a";
  edit.target = {"v1", "ConfigMap", "kube-system", "coredns"};
  const Step corefile =
      step(edit, Change::update,
           {{"/data/Corefile", ".:53 {\n    errors\n    ready\n}\n",
             ".:53 {\n    errors\n    ready\n}\n# begin\nglobal:53 {\x1b\n}\n# end\n"}});
  Plan plan;
  plan.actions = {edit};
  const std::string text = render_plan(plan, {corefile}, OutputFormat::table, {}, {});
  CHECK_THAT(text, Catch::Contains("      data.Corefile:\n"
                                   "              ready\n"
                                   "          }\n"
                                   "        + # begin\n"
                                   "        + global:53 {\\x1b\n"
                                   "        + }\n"
                                   "        + # end\n"));
}

TEST_CASE("long and hostile values are cut and escaped") {
  Plan plan;
  plan.actions = {application("a", name_space(), "w\x1b[2J")};
  const std::vector<Step> steps{
      step(plan.actions[0], Change::update,
           {{"/x", std::string(59, 'a') + "\u00e9\u00e9", Json{{"b", "\x1b"}}}})};
  CHECK(render_plan(plan, steps, OutputFormat::table, {}, {}) ==
        "a\n  ~ change Namespace istio-system  (w\\x1b[2J)\n      x: " + std::string(59, 'a') +
            "... -> {\"b\":\"\\u001b\"}\n\nPlan: 0 to create, 1 to change, 0 to delete in 1 "
            "cluster.\n");
}

static Execution finished(std::size_t steps, Outcome outcome) {
  Execution execution;
  execution.results.assign(steps, StepResult{outcome, std::nullopt});
  execution.wrote = true;
  return execution;
}

static Execution stopped(std::size_t steps) {
  Execution execution = finished(steps, Outcome::done);
  Problem problem;
  problem.code = "conflict";
  problem.message = "argocd owns /data/ca-key.pem";
  problem.hint = "take it out of argocd";
  execution.results[2] = {Outcome::failed, problem};
  execution.results[3] = {};
  execution.results[4] = {};
  execution.results[5].outcome = Outcome::unchanged;
  return execution;
}

TEST_CASE("a result tells what was done, how to take it back and what is next") {
  const Case a;
  test::matches_golden("result.txt", render_result(a.plan, a.steps, finished(6, Outcome::done),
                                                   "20261123-1", OutputFormat::table, {}));
}

TEST_CASE("a result that is not complete tells what is missing") {
  const Case a;
  test::matches_golden("result-partial.txt", render_result(a.plan, a.steps, stopped(6),
                                                           "20261123-1", OutputFormat::table, {}));
  test::matches_golden("result-terminal.txt",
                       render_result(a.plan, a.steps, stopped(6), "20261123-1", OutputFormat::table,
                                     {.color = true, .symbols = true, .terminal = true}));
  Execution nothing = stopped(6);
  nothing.wrote = false;
  const std::string text =
      render_result(a.plan, a.steps, nothing, "20261123-1", OutputFormat::table, {});
  CHECK(text.find("Nothing was written.\n") != std::string::npos);
  CHECK(text.find("Undo:") == std::string::npos);
}

TEST_CASE("what a step says that failed is told apart from the result") {
  const Case a;
  Execution execution = stopped(6);
  Problem between;
  between.message = "the run ended here";
  execution.problems = {between};
  const std::vector<Problem> problems = problems_of(a.steps, execution);
  REQUIRE(problems.size() == 2);
  CHECK(problems.front().message == "argocd owns /data/ca-key.pem");
  CHECK(problems.front().cluster == "game-gke");
  CHECK(problems.back().message == "the run ended here");
  CHECK(render_result(a.plan, a.steps, execution, "", OutputFormat::table, {}).find("argocd") ==
        std::string::npos);
}

TEST_CASE("a dry run says that it was one") {
  const Case a;
  Execution execution = finished(6, Outcome::done);
  execution.wrote = false;
  const std::string text = render_result(a.plan, a.steps, execution, "", OutputFormat::table, {});
  CHECK(text.find("This was a dry run; nothing was written.\n") != std::string::npos);
  CHECK(text.find("Next:") == std::string::npos);
}

TEST_CASE("a result for programs is one document") {
  const Case a;
  const std::string yaml =
      render_result(a.plan, a.steps, stopped(6), "20261123-1", OutputFormat::yaml, {});
  test::matches_golden("result.yaml", yaml);
  CHECK(test::misfit(parse_yaml(yaml, "test").value, "output.json") == "");
  CHECK(parse_yaml(yaml, "test").value ==
        Json::parse(
            render_result(a.plan, a.steps, stopped(6), "20261123-1", OutputFormat::json, {})));
}

TEST_CASE("an execution that ended early has no results for the rest") {
  const Case a;
  const std::string text =
      render_result(a.plan, a.steps, Execution{}, "20261123-1", OutputFormat::table, {});
  CHECK(text.find("Not complete: 6 not started.\n") != std::string::npos);
}

}  // namespace mesh
