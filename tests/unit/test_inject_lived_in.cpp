#include "checks.hpp"
#include "unit/inject_support.hpp"

// Clusters that others have lived in: webhooks of revisions that are gone, labels of other people,
// pods that no Deployment made.

namespace mesh::inject::test {

namespace {

using Catch::Contains;

const Json k_namespace{{"namespaces", {"default"}}};

/// Webhooks that call a Service, as all of the chart do, and what is behind it.
class LivedIn : public Bench {
 public:
  void serve(const std::string& revision, bool ready, const std::string& policy = "Fail") {
    const std::string end = revision.empty() ? "" : "-" + revision;
    Json& hooks = objects_of("MutatingWebhookConfiguration", "istio-sidecar-injector" + end);
    for (Json& entry : hooks["webhooks"]) {
      entry["failurePolicy"] = policy;
      entry["clientConfig"]["service"] = {{"name", "istiod" + end}, {"namespace", "istio-system"}};
    }
    const Json selector{{"app", "istiod"},
                        {"istio.io/rev", revision.empty() ? "default" : revision}};
    put("a", {{"apiVersion", "v1"},
              {"kind", "Service"},
              {"metadata", {{"name", "istiod" + end}, {"namespace", "istio-system"}}},
              {"spec", {{"selector", selector}}}});
    Json& pod = *find("a", "Pod istio-system/istiod" + end + "-1");
    pod["metadata"]["labels"] = selector;
    pod["status"] = {{"phase", "Running"},
                     {"conditions", {{{"type", "Ready"}, {"status", ready ? "True" : "False"}}}}};
  }
  Finding row(const std::string& id) {
    const ExtensionPtr check = make_check();
    const Json reply = check->invoke("run", {{"clusters", {"a"}}}, host());
    for (const Json& item : reply.at("items")) {
      if (item.at("id") == id) return finding_of(item);
    }
    FAIL("no row " << id);
    return {};
  }

 private:
  Json& objects_of(const std::string& kind, const std::string& name) {
    return *find("a", kind + " /" + name);
  }
  static Finding finding_of(const Json& item) {
    Finding finding;
    finding.id = item.at("id");
    finding.severity = severity_from(item.at("severity"));
    finding.evidence = item.value("evidence", "");
    finding.fix = item.value("fix", "");
    return finding;
  }
  static Severity severity_from(const std::string& word) {
    if (word == "failure") return Severity::failure;
    return word == "warning" ? Severity::warning : Severity::pass;
  }
};

}  // namespace

TEST_CASE("inject lived-in: a revision whose istiod is gone injects nothing") {
  LivedIn bench;
  bench.add_istio("a", "1-20");
  bench.serve("", true);
  bench.serve("1-20", false);
  const Plan plan = bench.plan("enable", {{"namespaces", {"default"}}, {"revision", "1-20"}});
  CHECK(plan.actions.empty());
  REQUIRE(plan.refusals.size() == 1);
  CHECK_THAT(plan.refusals[0].message,
             Contains("calls Service istio-system/istiod-1-20, which no ready pod serves") &&
                 Contains("would not start"));
  CHECK_THAT(plan.refusals[0].hint,
             Contains("delete mutatingwebhookconfiguration istio-sidecar-injector-1-20"));
  // The default revision is not concerned.
  CHECK(bench.plan("enable", k_namespace).refusals.empty());
  const Finding left = bench.row("inject/webhook-there");
  CHECK(left.severity == Severity::warning);
  CHECK_THAT(left.evidence, Contains("istiod-1-20"));

  bench.add_namespace("old", {{"istio.io/rev", "1-20"}});
  const Finding there = bench.row("inject/webhook-there");
  CHECK(there.severity == Severity::failure);
  CHECK_THAT(there.evidence, Contains("no new pod starts in namespace old"));
}

TEST_CASE("inject lived-in: a Service that is gone, one with other pods, one from outside") {
  LivedIn bench;
  bench.serve("", true);
  Json& service = *bench.find("a", "Service istio-system/istiod");
  SECTION("gone") {
    bench.erase("a", "Service istio-system/istiod");
    CHECK_FALSE(bench.plan("enable", k_namespace).refusals.empty());
  }
  SECTION("its selector takes no pod") {
    service["spec"]["selector"]["istio.io/rev"] = "other";
    CHECK_FALSE(bench.plan("enable", k_namespace).refusals.empty());
  }
  SECTION("pods that are not called istiod") {
    service["spec"]["selector"] = {{"app", "app1"}};
    CHECK_FALSE(bench.plan("enable", k_namespace).refusals.empty());
    bench.add_app("app1", "", "istio-system");
    CHECK(bench.plan("enable", k_namespace).refusals.empty());
  }
  SECTION("without a selector its endpoints are somebody's own") {
    service["spec"] = Json::object();
    CHECK(bench.plan("enable", k_namespace).refusals.empty());
  }
}

TEST_CASE("inject lived-in: a webhook that fails open leaves pods without a sidecar") {
  LivedIn bench;
  bench.serve("", false, "Ignore");
  CHECK_FALSE(bench.plan("enable", k_namespace).refusals.empty());
  bench.add_namespace("default", {{"istio-injection", "enabled"}});
  const Finding there = bench.row("inject/webhook-there");
  CHECK(there.severity == Severity::failure);
  CHECK_THAT(there.evidence, Contains("get no sidecar"));
}

TEST_CASE("inject lived-in: an orphan beside a good webhook stops the pods all the same") {
  LivedIn bench;
  bench.serve("", true);
  bench.add_namespace("default", {{"istio-injection", "enabled"}});
  CHECK(bench.row("inject/webhook-there").severity == Severity::pass);
  Json orphan = *bench.find("a", "MutatingWebhookConfiguration /istio-sidecar-injector");
  orphan["metadata"]["name"] = "istio-revision-tag-default";
  for (Json& entry : orphan["webhooks"]) entry["clientConfig"]["service"]["name"] = "istiod-gone";
  bench.put("a", orphan);
  CHECK_THAT(bench.row("inject/webhook-there").evidence,
             Contains("istio-revision-tag-default") && Contains("istio-system/istiod-gone"));
  CHECK_FALSE(bench.plan("enable", k_namespace).refusals.empty());
}

TEST_CASE("inject lived-in: before Istio is installed its own Service may be silent") {
  LivedIn bench;
  bench.serve("", false);
  bench.ahead = true;
  CHECK(bench.plan("enable", k_namespace).refusals.empty());
  CHECK_FALSE(
      bench.plan("enable", {{"namespaces", {"default"}}, {"revision", "1-20"}}).actions.empty());
}

TEST_CASE("inject lived-in: a webhook with a URL is not followed") {
  LivedIn bench;
  Json& hook = *bench.find("a", "MutatingWebhookConfiguration /istio-sidecar-injector");
  for (Json& entry : hook["webhooks"])
    entry["clientConfig"]["url"] = "https://istiod.example/inject";
  CHECK(bench.plan("enable", k_namespace).refusals.empty());
}

TEST_CASE("inject lived-in: what is said is what the namespace says") {
  LivedIn bench;
  bench.add_namespace("default", {{"istio-injection", "true"}});
  CHECK_THAT(bench.report(k_namespace).items.dump(),
             Contains("its namespace says istio-injection=true"));
  bench.add_namespace("default", {{"istio.io/rev", "gone"}});
  const Plan plan = bench.plan("enable", k_namespace);
  CHECK_THAT(plan.refusals.at(0).message, Contains("there is no revision gone"));
  bench.add_namespace("default", {{"istio.io/dataplane-mode", "ambient"}});
  CHECK_THAT(words_of(bench.plan("enable", k_namespace)), Contains("of the ambient mesh"));
}

TEST_CASE("inject lived-in: a namespace that GitOps writes") {
  LivedIn bench;
  bench.add_namespace("default", {{"kustomize.toolkit.fluxcd.io/name", "apps"}});
  CHECK_THAT(words_of(bench.plan("enable", k_namespace)),
             Contains("namespace default is written by Flux: set istio-injection=enabled"));
}

TEST_CASE("inject lived-in: pods that no Deployment made") {
  LivedIn bench;
  bench.add_namespace("default", {{"istio-injection", "enabled"}});
  const auto owned_by = [&](const char* kind, const char* name, const char* label) {
    Json& pod = bench.pod("app1");
    pod["metadata"]["labels"] = {{label, "77f"}};
    pod["metadata"]["ownerReferences"][0] = {{"kind", kind}, {"name", name}, {"controller", true}};
    return words_of(bench.plan("restart", k_namespace));
  };
  CHECK_THAT(owned_by("ReplicaSet", "app1-77f", "rollouts-pod-template-hash"),
             Contains("kubectl argo rollouts restart app1 -n default"));
  CHECK_THAT(owned_by("CloneSet", "cart", "x"), Contains("what owns its pods, CloneSet cart"));
  CHECK_THAT(owned_by("Job", "nightly", "x"), Contains("a Job runs to its end"));
  CHECK_THAT(owned_by("Node", "node1", "x"), !Contains("Node default/node1"));
}

}  // namespace mesh::inject::test
