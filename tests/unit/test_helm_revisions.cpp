#include <set>

#include "objects.hpp"
#include "revisions.hpp"
#include "unit/memory_support.hpp"
#include "verbs.hpp"

// Revisions of istiod next to each other: what an installation touches, what an uninstallation
// leaves, and which of them is judged.

namespace mesh::helm {

namespace {

using Words = std::vector<std::string>;

class Cluster : public mesh::test::MemoryClusters {
 public:
  Cluster() {
    extensions["helm-driver/1:helm"] = make_helm_driver();
    extensions["helm-driver/1:render"] = make_render_driver();
    program = [](const Json&) -> Json {  // a chart without objects
      return {{"status", 0}, {"output", "{}"}, {"errors", ""}};
    };
    view.members = {{"ctx-a", "a", "net-a"}};
    put("ctx-a",
        {{"apiVersion", "v1"},
         {"kind", "Namespace"},
         {"metadata",
          {{"name", "istio-system"}, {"labels", {{"topology.istio.io/network", "net-a"}}}}}});
  }

  /// What a revision's chart makes, as far as it is looked at, and its release.
  void install_istiod(const std::string& revision, const char* inputs = "ours") {
    const Json labels{{"app", "istiod"}, {"istio.io/rev", shown_revision(revision)}};
    put("ctx-a",
        {{"apiVersion", "apps/v1"},
         {"kind", "Deployment"},
         {"metadata",
          {{"name", istiod_name(revision)}, {"namespace", "istio-system"}, {"labels", labels}}},
         {"spec",
          {{"replicas", 1},
           {"template",
            {{"spec",
              {{"containers",
                {{{"name", "discovery"},
                  {"image", "example/pilot:1.31.0"},
                  {"env", {{{"name", "CLUSTER_ID"}, {"value", "a"}}}}}}}}}}}}},
         {"status", {{"availableReplicas", 1}}}});
    put("ctx-a",
        {{"apiVersion", "admissionregistration.k8s.io/v1"},
         {"kind", "MutatingWebhookConfiguration"},
         {"metadata",
          {{"name", injector_name(revision, "istio-system")},
           {"labels", {{"app", "sidecar-injector"}, {"istio.io/rev", shown_revision(revision)}}}}},
         {"webhooks", Json::array({{{"clientConfig", {{"caBundle", "Zm9v"}}}}})}});
    put("ctx-a",
        {{"apiVersion", "v1"},
         {"kind", "ConfigMap"},
         {"metadata", {{"name", mesh_config_name(revision)}, {"namespace", "istio-system"}}},
         {"data", {{"mesh", "trustDomain: cluster.local\n"}}}});
    release(istiod_name(revision), inputs);
  }

  /// Base and gateway, which follow a revision.
  void install_shared(const std::string& revision) {
    put("ctx-a", {{"apiVersion", "admissionregistration.k8s.io/v1"},
                  {"kind", "ValidatingWebhookConfiguration"},
                  {"metadata",
                   {{"name", "istiod-default-validator"},
                    {"labels", {{"app", "istiod"}, {"istio.io/rev", shown_revision(revision)}}}}}});
    Json pod_labels{{"sidecar.istio.io/inject", "true"}};
    if (!revision.empty()) pod_labels["istio.io/rev"] = revision;
    put("ctx-a", {{"apiVersion", "apps/v1"},
                  {"kind", "Deployment"},
                  {"metadata", {{"name", k_gateway}, {"namespace", "istio-system"}}},
                  {"spec", {{"template", {{"metadata", {{"labels", pod_labels}}}}}}},
                  {"status", {{"availableReplicas", 1}}}});
    release(k_base, "ours");
    release(k_gateway, "ours");
  }

  void release(const std::string& name, const std::string& inputs) {
    Json labels{{"owner", "helm"}, {"name", name}, {"status", "deployed"}, {"version", "1"}};
    if (!inputs.empty()) labels["kubectl-mesh.dev/inputs"] = inputs;
    put("ctx-a", {{"apiVersion", "v1"},
                  {"kind", "Secret"},
                  {"metadata",
                   {{"name", "sh.helm.release.v1." + name + ".v1"},
                    {"namespace", "istio-system"},
                    {"labels", labels}}}});
  }

  CommandRequest request(const std::string& verb, Json options) const {
    return {.verb = verb,
            .clusters = {"ctx-a"},
            .options = std::move(options),
            .settings = Json::object(),
            .mesh = view};
  }

  std::vector<ClusterFacts> facts(const Json& options) {
    return read_facts(host(), {"ctx-a"}, wanted_of(request("status", options)));
  }

  Plan installing(const Json& options) {
    const CommandRequest asked = request("install", options);
    return plan_install(facts(options), wanted_of(asked), asked, host());
  }

  Plan uninstalling(const Json& options, bool ending = false) {
    CommandRequest asked = request("uninstall", options);
    asked.ending = ending;
    return uninstall(asked, host());
  }

  MeshView view;
};

/// "upgrade istiod-canary", "uninstall istiod"
Words helm_runs(const Plan& plan) {
  Words runs;
  for (const Action& action : plan.actions) {
    if (action.type != ActionType::run) continue;
    const bool upgrade = action.arguments[0] == "upgrade";
    runs.push_back(action.arguments[0] + " " + action.arguments[upgrade ? 2 : 1]);
  }
  return runs;
}

std::string refused(const Plan& plan) {
  return plan.refusals.empty() ? ""
                               : plan.refusals.front().message + "; " + plan.refusals.front().hint;
}

const Json k_canary{{"revision", "canary"}};

}  // namespace

TEST_CASE("helm revisions: on an empty cluster base and gateway follow the one that is installed") {
  Cluster cluster;
  const Plan plan = cluster.installing(k_canary);
  CHECK(helm_runs(plan) ==
        Words{"upgrade istio-base", "upgrade istiod-canary", "upgrade istio-eastwestgateway"});
  CHECK(followed_in(cluster.facts(k_canary)[0], wanted_of(cluster.request("", k_canary))).gateway ==
        "canary");
}

TEST_CASE("helm revisions: next to ours only istiod is installed, and base and gateway stay") {
  Cluster cluster;
  cluster.install_istiod("");
  cluster.install_shared("");
  const Plan plan = cluster.installing(k_canary);
  CHECK(refused(plan).empty());
  CHECK(helm_runs(plan) == Words{"upgrade istiod-canary"});
  SECTION("until they are to follow it") {
    cluster.install_istiod("canary");
    Json options = k_canary;
    options["default-revision"] = "canary";
    CHECK(helm_runs(cluster.installing(options)) ==
          Words{"upgrade istio-base", "upgrade istiod-canary", "upgrade istio-eastwestgateway"});
    const Wanted wanted = wanted_of(cluster.request("", options));
    const ClusterFacts facts = cluster.facts(options)[0];
    const auto releases =
        releases_of(wanted, cluster.view, cluster.view.members[0], followed_in(facts, wanted));
    CHECK(releases[0].values["defaultRevision"] == "canary");
    CHECK(releases[2].values["revision"] == "canary");
  }
  SECTION("and not before its istiod is there") {
    Json options = k_canary;
    options["default-revision"] = "canary";
    const Plan first = cluster.installing(options);
    CHECK(helm_runs(first) == Words{"upgrade istiod-canary"});
    CHECK(first.continues);
    cluster.install_istiod("canary");
    CHECK_FALSE(cluster.installing(options).continues);
  }
  SECTION("one without an istiod is followed by nobody") {
    Json options = k_canary;
    options["default-revision"] = "other";
    CHECK_THAT(refused(cluster.installing(options)),
               Catch::Contains("there is no istiod of that revision"));
  }
}

TEST_CASE("helm revisions: what follows an istiod that is gone follows the one installed") {
  Cluster cluster;
  cluster.install_shared("old");
  cluster.install_istiod("canary");
  CHECK(helm_runs(cluster.installing(k_canary)).size() == 3);
}

TEST_CASE("helm revisions: a newer revision brings its CRDs") {
  Cluster cluster;
  cluster.install_istiod("");
  cluster.install_shared("");
  Json& validator =
      *cluster.find("ctx-a", "ValidatingWebhookConfiguration /istiod-default-validator");
  validator["metadata"]["labels"]["app.kubernetes.io/version"] = "1.30.2";
  CHECK(helm_runs(cluster.installing(k_canary)) ==
        Words{"upgrade istio-base", "upgrade istiod-canary"});
  validator["metadata"]["labels"]["app.kubernetes.io/version"] = "1.31.0";
  CHECK(helm_runs(cluster.installing(k_canary)) == Words{"upgrade istiod-canary"});
}

TEST_CASE("helm revisions: somebody else's istiod is refused only where it is in the way") {
  Cluster cluster;
  SECTION("of the same revision, not by Helm") {
    cluster.install_istiod("canary");
    cluster.erase("ctx-a", "Secret istio-system/sh.helm.release.v1.istiod-canary.v1");
    cluster.install_shared("canary");
    CHECK_THAT(refused(cluster.installing(k_canary)),
               Catch::Contains("istiod of revision canary (Deployment istiod-canary) is there, but "
                               "not by Helm"));
  }
  SECTION("of another revision, by his Helm, with base") {
    cluster.install_istiod("", "");
    cluster.install_shared("");
    cluster.release(k_base, "");
    cluster.release(k_gateway, "");
    CHECK(refused(cluster.installing(k_canary)).empty());
    CHECK(helm_runs(cluster.installing(k_canary)) == Words{"upgrade istiod-canary"});
  }
  SECTION("of another revision, without releases") {
    cluster.install_istiod("");
    cluster.erase("ctx-a", "Secret istio-system/sh.helm.release.v1.istiod.v1");
    CHECK_THAT(
        refused(cluster.installing(k_canary)),
        Catch::Contains("there is no release istio-base in namespace istio-system for its CRDs"));
  }
}

TEST_CASE("helm revisions: uninstalling one leaves the other one working") {
  Cluster cluster;
  cluster.install_istiod("");
  cluster.install_istiod("canary");
  cluster.install_shared("");
  CHECK(helm_runs(cluster.uninstalling(k_canary)) == Words{"uninstall istiod-canary"});
  const Plan refused_plan = cluster.uninstalling(Json::object());
  CHECK_THAT(refused(refused_plan),
             Catch::Contains("istio-eastwestgateway follows revision default") &&
                 Catch::Contains("helm upgrade --revision canary --default-revision canary"));
  cluster.install_shared("canary");
  CHECK(helm_runs(cluster.uninstalling(Json::object())) == Words{"uninstall istiod"});
}

TEST_CASE("helm revisions: the last one takes base and gateway with it; down takes all") {
  Cluster cluster;
  cluster.install_istiod("canary");
  cluster.install_shared("canary");
  CHECK(helm_runs(cluster.uninstalling(k_canary)) == Words{"uninstall istio-eastwestgateway",
                                                           "uninstall istiod-canary",
                                                           "uninstall istio-base"});
  cluster.install_istiod("");
  const Words all = helm_runs(cluster.uninstalling(Json::object(), true));
  CHECK(std::set<std::string>(all.begin(), all.end()) ==
        std::set<std::string>{"uninstall istio-eastwestgateway", "uninstall istiod-canary",
                              "uninstall istiod", "uninstall istio-base"});
  // Somebody else's stays, and what it needs.
  cluster.install_istiod("theirs", "");
  cluster.install_shared("theirs");
  const Words ours = helm_runs(cluster.uninstalling(Json::object(), true));
  CHECK(std::set<std::string>(ours.begin(), ours.end()) ==
        std::set<std::string>{"uninstall istio-eastwestgateway", "uninstall istiod-canary",
                              "uninstall istiod"});
}

TEST_CASE("helm revisions: the selected one is judged") {
  Cluster cluster;
  cluster.install_istiod("");
  cluster.install_istiod("canary");
  cluster.install_shared("");
  (*cluster.find("ctx-a", "Deployment istio-system/istiod"))["status"]["availableReplicas"] = 0;
  const auto verdict = [&](const Json& options, const char* id) {
    for (const Finding& finding : findings_of(cluster.facts(options), cluster.view)) {
      if (finding.id == id) return finding.severity;
    }
    return Severity::info;
  };
  CHECK(verdict(Json::object(), "istio/istiod-ready") == Severity::failure);
  CHECK(verdict(k_canary, "istio/istiod-ready") == Severity::pass);
  CHECK(verdict({{"revision", "other"}}, "istio/istiod-ready") == Severity::failure);
  CHECK(verdict({{"revision", "other"}}, "istio/cluster-name") == Severity::skipped);
  CHECK(verdict(k_canary, "istio/one-default-revision") == Severity::pass);
  CHECK(verdict(k_canary, "istio/followed-revisions") == Severity::pass);
  cluster.install_shared("gone");
  CHECK(verdict(k_canary, "istio/followed-revisions") == Severity::failure);
}

TEST_CASE("helm revisions: the tag default says which one is the default") {
  Cluster cluster;
  cluster.install_istiod("1-31");
  cluster.put(
      "ctx-a",
      {{"apiVersion", "admissionregistration.k8s.io/v1"},
       {"kind", "MutatingWebhookConfiguration"},
       {"metadata",
        {{"name", "istio-revision-tag-default"},
         {"labels",
          {{"app", "sidecar-injector"}, {"istio.io/rev", "1-31"}, {"istio.io/tag", "default"}}}}}});
  const ClusterFacts facts = cluster.facts(Json::object())[0];
  CHECK(facts.revision == "1-31");
  CHECK(text_at(selected_istiod(facts), "/metadata/name") == "istiod-1-31");
  CHECK_FALSE(facts.mesh_config_map.is_null());
  CHECK(text_at(facts.webhook, "/metadata/name") == "istio-sidecar-injector-1-31");
}

TEST_CASE("helm revisions: outside of istio-system the injector carries the namespace") {
  CHECK(injector_name("", "istio-system") == "istio-sidecar-injector");
  CHECK(injector_name("canary", "istio-system") == "istio-sidecar-injector-canary");
  CHECK(injector_name("canary", "mesh") == "istio-sidecar-injector-canary-mesh");
}

TEST_CASE("helm overview: init writes the revision, the driver and what to leave alone") {
  Cluster cluster;
  const ExtensionPtr overview = make_overview();
  const auto detected = [&] {
    return overview->invoke("detect", {{"clusters", {"ctx-a"}}, {"mesh", to_json(cluster.view)}},
                            cluster.host());
  };
  CHECK_FALSE(detected()["settings"].contains("revision"));
  CHECK(detected()["settings"]["version"] == k_version);
  cluster.kubernetes = "v1.24.9";  // Istio 1.31 is refused there
  CHECK(detected()["settings"]["version"] == "1.27.0");
  cluster.install_istiod("canary");
  CHECK(detected()["settings"]["revision"] == "canary");
  CHECK(detected()["settings"]["version"] == "1.31.0");  // it runs, and stays
  CHECK_FALSE(detected().contains("skip"));
  SECTION("two, one of them the default") {
    cluster.install_istiod("");
    CHECK_FALSE(detected()["settings"].contains("revision"));
  }
  SECTION("two others") {
    cluster.install_istiod("next");
    CHECK_FALSE(detected()["settings"].contains("revision"));
    CHECK_THAT(detected()["comments"][""].get<std::string>(), Catch::Contains("canary, next"));
  }
  SECTION("by Helm, of somebody else") {
    cluster.install_istiod("canary", "");
    CHECK(detected()["skip"] == true);
  }
  SECTION("not by Helm") {
    cluster.erase("ctx-a", "Secret istio-system/sh.helm.release.v1.istiod-canary.v1");
    CHECK(detected()["skip"] == true);
    cluster.put("ctx-a",
                {{"apiVersion", "v1"},
                 {"kind", "ConfigMap"},
                 {"metadata",
                  {{"name", "kubectl-mesh-release-istiod-canary"}, {"namespace", "istio-system"}}},
                 {"data", {{"inputs", "ours"}, {"objects", "[]"}}}});
    CHECK_FALSE(detected().contains("skip"));
    CHECK(detected()["settings"]["driver"] == "render");
  }
  SECTION("in another namespace") {
    for (const char* key : {"Deployment istio-system/istiod-canary"}) {
      Json moved = *cluster.find("ctx-a", key);
      cluster.erase("ctx-a", key);
      moved["metadata"]["namespace"] = "mesh";
      cluster.put("ctx-a", moved);
    }
    CHECK(detected()["mesh"]["settings"]["istio-namespace"] == "mesh");
  }
}

}  // namespace mesh::helm
