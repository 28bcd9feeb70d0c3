#include "restart.hpp"
#include "unit/inject_support.hpp"
#include "unit/schema_support.hpp"

// Labels, restarts and their pace, and what is refused.

namespace mesh::inject::test {

namespace {

using Catch::Contains;
using Names = std::vector<std::string>;

const Json k_default{{"namespaces", {"default"}}};

Json with(Json options, const char* key, Json value = true) {
  options[key] = std::move(value);
  return options;
}

}  // namespace

TEST_CASE("inject enable: labels, and says what still runs without") {
  Bench bench;
  const Plan plan = bench.plan("enable", k_default);
  CHECK(mesh::test::misfit(to_json(plan), "plan.json").empty());
  CHECK(restarted(plan).empty());
  CHECK_THAT(words_of(plan), Contains("Deployment default/app1, 1 pod: runs without a sidecar"));
  // It does not claim success: the proof fails while that pod runs.
  const Action* prove = first(plan, ActionType::prove);
  REQUIRE(prove != nullptr);
  CHECK(prove->extension == "command/1:inject");
  CHECK(prove->verb == "status");
  CHECK(prove->seconds == 0);
  CHECK(bench.carry_out(plan) == 1);
  CHECK(bench.labels("default") == Json({{"istio-injection", "enabled"}}));
  CHECK(bench.report(k_default).failed);
}

TEST_CASE("inject enable --restart: one workload after the other, then the proof") {
  Bench bench;
  bench.add_app("app2");
  bench.add_namespace("shop");
  bench.add_app("cart", "", "shop");
  Json options = with({{"namespaces", {"default,shop"}}}, "restart");
  const Plan plan = bench.plan("enable", options);
  CHECK(restarted(plan) == Names{"a:default/app1", "a:default/app2", "a:shop/cart"});
  int last = k_phase_labels;
  for (const Action& action : plan.actions) {
    if (action.type == ActionType::edit) CHECK(action.phase == k_phase_labels);
    if (action.type != ActionType::restart) continue;
    CHECK(action.phase >= last);
    CHECK(action.phase == (action.target.name_space == "shop" ? 3 : 2));
    last = action.phase;
  }
  CHECK(plan.actions.back().type == ActionType::prove);
  CHECK(plan.actions.back().phase == 4);
  CHECK(plan.actions.back().seconds == 60);
  // What the restart brings about.
  bench.hook = [&](const Action& action) {
    if (action.type == ActionType::restart)
      bench.add_app(action.target.name, "default", action.target.name_space);
  };
  bench.carry_out(plan);
  CHECK_FALSE(bench.report(options).failed);
  CHECK(bench.plan("enable", options).actions.empty());
}

TEST_CASE("inject enable: mesh.yaml restarts unless it says no; a flag wins") {
  Bench bench;
  CHECK(restarted(bench.plan("enable", Json::object(), k_default)).size() == 1);
  CHECK(restarted(bench.plan("enable", Json::object(), with(k_default, "restart", false))).empty());
  CHECK(restarted(bench.plan("enable", {{"no-restart", true}}, k_default)).empty());
  CHECK_THROWS_AS(bench.plan("enable", {{"no-restart", true}, {"restart", true}}, k_default),
                  Failure);
}

TEST_CASE("inject disable: labels as they were, by what enable wrote down") {
  Bench bench;
  bench.add_namespace("shop", {{"istio-injection", "disabled"}, {"istio.io/rev", "1-30"}});
  const Json before = bench.objects;
  bench.carry_out(bench.plan("enable", {{"namespaces", {"default", "shop"}}}));
  CHECK(bench.labels("shop") == Json({{"istio-injection", "enabled"}}));
  bench.carry_out(bench.plan("disable"));
  for (const char* name : {"default", "shop"})
    (*bench.find("a", std::string("Namespace /") + name))["metadata"].erase("annotations");
  CHECK(Json(bench.objects) == before);
}

TEST_CASE("inject disable: labels as they were before the first of several changes") {
  Bench bench;
  bench.add_istio("a", "1-30");
  bench.add_istio("a", "1-31");
  bench.add_namespace("shop", {{"istio-injection", "disabled"}, {"team", "shop"}});
  const Json before = bench.objects;
  const Json both{{"namespaces", {"default", "shop"}}};
  bench.carry_out(bench.plan("enable", both));
  for (const char* revision : {"1-30", "1-31"})
    bench.carry_out(bench.plan("enable", with(both, "revision", revision)));
  CHECK(bench.labels("default") == Json({{"istio.io/rev", "1-31"}}));
  bench.carry_out(bench.plan("disable"));
  for (const char* name : {"default", "shop"})
    (*bench.find("a", std::string("Namespace /") + name))["metadata"].erase("annotations");
  CHECK(Json(bench.objects) == before);
}

TEST_CASE("inject disable: what somebody else labelled stays, and is said") {
  Bench bench;
  bench.add_namespace("shop", {{"istio-injection", "enabled"}});
  CHECK(bench.plan("disable").actions.empty());
  const Plan plan = bench.plan("disable", {{"namespaces", {"shop"}}});
  CHECK(plan.actions.empty());
  CHECK_THAT(words_of(plan), Contains("was not labelled by kubectl mesh"));
}

TEST_CASE("inject disable --restart: pods lose the sidecar") {
  Bench bench;
  bench.carry_out(bench.plan("enable", k_default));
  bench.add_app("app1", "default");
  const Plan plan = bench.plan("disable", {{"restart", true}});
  CHECK(restarted(plan) == Names{"a:default/app1"});
  CHECK_THAT(first(plan, ActionType::restart)->reason, Contains("that nothing asks for"));
  // `down` has the namespaces from mesh.yaml and takes all that enable labelled.
  CHECK(restarted(bench.plan("disable", Json::object(), {{"namespaces", {"other"}}})).size() == 1);
}

TEST_CASE("inject enable: a revision, and what beats it") {
  Bench bench;
  bench.add_istio("a", "1-31");
  bench.add_namespace("shop", {{"istio-injection", "enabled"}});
  bench.carry_out(
      bench.plan("enable", {{"namespaces", {"default", "shop"}}, {"revision", "1-31"}}));
  CHECK(bench.labels("default") == Json({{"istio.io/rev", "1-31"}}));
  CHECK(bench.labels("shop") == Json({{"istio.io/rev", "1-31"}}));
  // Without a revision a namespace of one stays with it.
  const Plan plan = bench.plan("enable", k_default);
  CHECK(first(plan, ActionType::edit) == nullptr);
  CHECK_THAT(words_of(plan), Contains("is injected by revision 1-31 already"));
  bench.add_namespace("both", {{"istio-injection", "enabled"}, {"istio.io/rev", "1-31"}});
  CHECK_THAT(words_of(bench.plan("enable", {{"namespaces", {"both"}}})),
             Contains("istio-injection=enabled beats istio.io/rev=1-31, which has no effect"));
}

TEST_CASE("inject enable: nothing that would inject") {
  Bench bench;
  CHECK_THAT(words_of(bench.plan("enable", with(k_default, "revision", "1-99"))),
             Contains("there is no revision 1-99") && Contains("there are: default"));
  bench.erase("a", "MutatingWebhookConfiguration /istio-sidecar-injector");
  CHECK_THAT(words_of(bench.plan("enable", k_default)),
             Contains("there is no default revision of Istio") && Contains("helm install"));
  bench.add_istio("a", "1-31");
  bench.erase("a", "MutatingWebhookConfiguration /istio-sidecar-injector");
  CHECK_THAT(words_of(bench.plan("enable", k_default)), Contains("there are: 1-31"));
  bench.ahead = true;
  const Plan plan = bench.plan("enable", k_default);
  CHECK(plan.refusals.empty());
  CHECK_THAT(words_of(plan), Contains("once istiod is there"));
}

TEST_CASE("inject enable: a webhook that cannot be called yet, or ever") {
  Bench bench;
  bench.add_istio("a", "", "");
  const Plan plan = bench.plan("enable", with(k_default, "restart"));
  const Action* wait = first(plan, ActionType::wait);
  REQUIRE(wait != nullptr);
  CHECK(wait->phase == k_phase_webhook);
  CHECK(wait->pointer == "/webhooks/2/clientConfig/caBundle");
  bench.add_istio("a", "", "-----BEGIN CERTIFICATE-----\nother\n-----END CERTIFICATE-----\n");
  CHECK_THAT(words_of(bench.plan("enable", k_default)),
             Contains("is not of the root that istiod spreads now") && Contains("restart istiod"));
}

TEST_CASE("inject: budgets, and workloads that a restart would not bring to an end") {
  Bench bench;
  const Json options = with(k_default, "restart");
  bench.add_budget("app1", 0);
  // One replica: a rollout first makes the new pod.
  CHECK(restarted(bench.plan("enable", options)).size() == 1);
  bench.deployment("app1")["spec"]["replicas"] = 4;
  Plan plan = bench.plan("enable", options);
  CHECK(restarted(plan).empty());
  CHECK_THAT(words_of(plan),
             Contains("PodDisruptionBudget app1-budget lets 0 of its pods go, a rollout takes 1"));
  CHECK(first(plan, ActionType::prove)->seconds == 0);
  bench.add_budget("app1", 1);
  CHECK(restarted(bench.plan("enable", options)).size() == 1);
  bench.deployment("app1")["spec"]["strategy"]["type"] = "Recreate";
  CHECK_THAT(words_of(bench.plan("enable", options)), Contains("takes 4 away at a time"));
  bench.erase("a", "PodDisruptionBudget default/app1-budget");
  bench.deployment("app1")["spec"]["paused"] = true;
  CHECK_THAT(words_of(bench.plan("enable", options)), Contains("not restarted: it is paused"));
  bench.pod("app1")["metadata"].erase("ownerReferences");
  CHECK_THAT(words_of(bench.plan("enable", options)), Contains("no workload made it"));
}

TEST_CASE("inject enable: bad input") {
  Bench bench;
  CHECK_THROWS_AS(bench.plan("enable", {{"rollout-timeout", "1m"}}), Failure);
  CHECK_THROWS_AS(bench.plan("enable", {{"namespaces", {"Bad_Name"}}}), Failure);
  CHECK_THROWS_AS(bench.plan("enable", with(k_default, "revision", "A B")), Failure);
  CHECK_THAT(words_of(bench.plan("enable", {{"namespaces", {"nowhere"}}})),
             Contains("no cluster has a namespace nowhere"));
  CHECK_THAT(words_of(bench.plan("enable", {{"namespaces", {"kube-system"}}})),
             Contains("Istio injects nothing into kube-system"));
  (*bench.find("a", "Namespace /default"))["status"]["phase"] = "Terminating";
  CHECK_THAT(words_of(bench.plan("enable", k_default)), Contains("is being deleted"));
  bench.unreadable = "a";
  CHECK(bench.plan("enable", k_default).refusals.front().code == "unreachable");
  // `up` of a mesh without the section has nothing to do.
  CHECK(bench.plan("enable").actions.empty());
}

TEST_CASE("inject enable: a namespace counts where it is") {
  Bench bench;
  bench.clusters = {"a", "b"};
  bench.add_istio("b");
  const Plan plan = bench.plan("enable", with(k_default, "restart"));
  CHECK(plan.refusals.empty());
  CHECK(restarted(plan) == Names{"a:default/app1"});
}

TEST_CASE("inject restart: what is stale, and all after a new root") {
  Bench bench;
  bench.add_namespace("default", {{"istio-injection", "enabled"}});
  bench.add_app("good", "default");
  bench.add_app("other", "1-30");
  bench.add_app("moved", "default");
  bench.pod("moved")["spec"]["containers"][1]["env"][0]["value"] = "c9";
  bench.add_app("older", "default");
  bench.pod("older")["spec"]["containers"][1]["image"] = "docker.io/istio/proxyv2:1.29.4";
  CHECK(restarted(bench.plan("restart")) ==
        Names{"a:default/app1", "a:default/moved", "a:default/older", "a:default/other"});
  CHECK(restarted(bench.plan("restart", {{"all", true}})).size() == 5);
  CHECK(restarted(bench.plan("restart", {{"namespaces", {"default"}}})).size() == 4);
  CHECK(bench.plan("restart", {{"namespaces", {"nowhere"}}}).refusals.size() == 1);
}

TEST_CASE("inject: many namespaces are one list, and pages are followed") {
  Bench bench;
  Json names = Json::array();
  for (int at = 0; at < 8; ++at) {
    const std::string name = "n" + std::to_string(at);
    bench.add_namespace(name);
    bench.add_app("app", "", name);
    names.push_back(name);
  }
  bench.page = 3;
  const Plan plan = bench.plan("enable", {{"namespaces", names}, {"restart", true}});
  CHECK(restarted(plan).size() == 8);
  bench.page = 500;
  bench.reads = 0;
  bench.plan("enable", {{"namespaces", names}});
  CHECK(bench.reads <= 9);
}

}  // namespace mesh::inject::test
