#include "checks.hpp"
#include "unit/inject_support.hpp"
#include "unit/schema_support.hpp"

#include "mesh/overview.hpp"

// For each row one broken input that makes exactly that row fail.

namespace mesh::inject::test {

namespace {

using Ids = std::set<std::string>;

class Sound : public Bench {
 public:
  Sound() {
    add_namespace("default", {{"istio-injection", "enabled"}});
    add_app("app1", "default");
  }
  Ids fails() {
    const ExtensionPtr check = make_check();
    const Json reply = check->invoke("run", {{"clusters", {"a"}}}, host());
    CHECK(mesh::test::misfit(reply, "check.json", "/definitions/run/reply").empty());
    Ids ids;
    for (const Json& row : reply.at("items")) {
      if (row.at("severity") != "failure") continue;
      ids.insert(row.at("id").get<std::string>());
      CHECK(!row.at("fix").get<std::string>().empty());
    }
    return ids;
  }
};

}  // namespace

TEST_CASE("inject verify: a sound cluster passes, ids are what others hold on to") {
  Sound bench;
  CHECK(bench.fails().empty());
  Ids ids;
  for (const auto& row : check_rows()) ids.insert(row.id);
  CHECK(ids == Ids{"inject/labels-agree", "inject/webhook-there", "inject/webhook-trusted",
                   "inject/pods-injected", "inject/proxy-settings", "inject/proxy-version",
                   "inject/discovered"});
}

TEST_CASE("inject verify: one fault, one failure") {
  Sound bench;
  SECTION("labels") {
    bench.add_namespace("both", {{"istio-injection", "enabled"}, {"istio.io/rev", "x"}});
    CHECK(bench.fails() == Ids{"inject/labels-agree"});
  }
  SECTION("a namespace that istiod does not look at") {
    // JSON is YAML.
    bench.put("a", {{"apiVersion", "v1"},
                    {"kind", "ConfigMap"},
                    {"metadata", {{"name", "istio"}, {"namespace", "istio-system"}}},
                    {"data",
                     {{"mesh", R"({"discoverySelectors": [{"matchLabels": {"mesh": "yes"}}]})"}}}});
    CHECK(bench.fails() == Ids{"inject/discovered"});
    bench.add_namespace("default", {{"istio-injection", "enabled"}, {"mesh", "yes"}});
    CHECK(bench.fails().empty());
  }
  SECTION("a revision that nobody serves") {
    bench.add_namespace("shop", {{"istio.io/rev", "1-99"}});
    CHECK(bench.fails() == Ids{"inject/webhook-there"});
  }
  SECTION("a webhook of another CA") {
    bench.add_istio("a", "", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n");
    CHECK(bench.fails() == Ids{"inject/webhook-trusted"});
  }
  SECTION("a webhook without CA") {
    bench.add_istio("a", "", "");
    CHECK(bench.fails() == Ids{"inject/webhook-trusted"});
  }
  SECTION("a pod without sidecar") {
    bench.add_app("bare");
    CHECK(bench.fails() == Ids{"inject/pods-injected"});
  }
  SECTION("a proxy of other settings") {
    bench.pod("app1")["spec"]["containers"][1]["env"][2]["value"] = "n9";
    CHECK(bench.fails() == Ids{"inject/proxy-settings"});
  }
  SECTION("an old proxy") {
    bench.pod("app1")["spec"]["containers"][1]["image"] = "docker.io/istio/proxyv2:1.28.1";
    CHECK(bench.fails() == Ids{"inject/proxy-version"});
  }
}

TEST_CASE("inject: pods that are rightly without a sidecar") {
  Sound bench;
  bench.add_app("label");
  bench.pod("label")["metadata"]["labels"]["sidecar.istio.io/inject"] = "false";
  bench.add_app("annotation");
  bench.pod("annotation")["metadata"]["annotations"]["sidecar.istio.io/inject"] = "false";
  bench.add_app("host");
  bench.pod("host")["spec"]["hostNetwork"] = true;
  bench.add_app("done");
  bench.pod("done")["status"]["phase"] = "Succeeded";
  CHECK(bench.fails().empty());
  const Report report = bench.report();
  CHECK_FALSE(report.failed);
  CHECK(mesh::test::misfit(to_json(report), "report.json").empty());
  for (const Json& row : report.items) {
    if (row["workload"] == "host") CHECK(row["why"] == "uses the host's network");
  }
}

TEST_CASE("inject: a native sidecar is one") {
  Sound bench;
  Json& pod = bench.pod("app1");
  pod["spec"]["initContainers"] = Json::array();
  pod["spec"]["initContainers"].push_back(pod["spec"]["containers"][1]);
  pod["spec"]["containers"].erase(1);
  CHECK(bench.fails().empty());
}

TEST_CASE("inject selectors: as admission reads them") {
  const Labels labels{{"a", "1"}};
  CHECK(selects(Json(), labels));
  CHECK(selects({{"matchLabels", {{"a", "1"}}}}, labels));
  CHECK_FALSE(selects({{"matchLabels", {{"a", "2"}}}}, labels));
  const auto by = [&](const char* how, const char* key, std::vector<std::string> values) {
    Json expressions = Json::array();
    expressions.push_back({{"key", key}, {"operator", how}, {"values", values}});
    return selects({{"matchExpressions", expressions}}, labels);
  };
  CHECK(by("In", "a", {"1", "2"}));
  CHECK_FALSE(by("In", "b", {"1"}));
  CHECK(by("NotIn", "b", {"1"}));
  CHECK_FALSE(by("NotIn", "a", {"1"}));
  CHECK(by("Exists", "a", {}));
  CHECK(by("DoesNotExist", "b", {}));
  CHECK_FALSE(by("Odd", "a", {}));
}

TEST_CASE("inject overview: what init and status say") {
  Sound bench;
  bench.add_app("bare");
  const ExtensionPtr overview = make_overview();
  const Json request{{"clusters", {"a"}}, {"mesh", to_json(MeshView())}};
  const Json detected = overview->invoke("detect", request, bench.host());
  CHECK(mesh::test::misfit(detected, "overview.json", "/definitions/detect/reply").empty());
  CHECK(detected["settings"]["namespaces"] == Json(std::vector<std::string>{"default"}));
  const Json status = overview->invoke("status", request, bench.host());
  CHECK(mesh::test::misfit(status, "overview.json", "/definitions/status/reply").empty());
  CHECK(status["rows"][0]["sidecars"] == "1/2");
  CHECK(status["rows"][0]["stale"] == 1);
}

TEST_CASE("inject status: a stale pod is said with what to type") {
  Sound bench;
  bench.add_app("bare");
  CommandRequest request;
  request.clusters = {"a"};
  const Report report = mesh::inject::status(request, bench.host());
  CHECK(report.failed);
  REQUIRE(report.notes.size() == 1);
  CHECK(report.notes.front().text.starts_with("default/bare: 1 of 1 pod stale ("));
  CHECK(report.notes.front().text.ends_with(
      "; kubectl mesh inject restart --namespaces default --contexts a"));
}

}  // namespace mesh::inject::test
