#include "checks.hpp"
#include "policies.hpp"
#include "unit/serviceentry_support.hpp"

// Clusters that others have lived in: what Istio's policies do with an export or an alias, whoever
// wrote them.

namespace mesh::serviceentry::test {

namespace {

using Catch::Contains;

Json list(std::vector<Json> items) {
  return Json(std::move(items));
}

/// A cluster that exports default/app1, and what its objects make of it.
class Exporter {
 public:
  Exporter() {
    request.istio_namespace = "istio-system";
    request.exports = {{.cluster = "a",
                        .name_space = "default",
                        .service = "app1",
                        .host = "app1.default.global",
                        .ports = {{.number = 80, .name = "http", .protocol = "HTTP"}},
                        .identities = {}}};
    facts.cluster = "a";
    SeenService service;
    service.name_space = "default";
    service.name = "app1";
    service.selector = {{"app", "app1"}};
    service.ports = {
        {.number = 80, .target = 8080, .name = "http", .app_protocol = {}, .transport = "TCP"}};
    facts.exporter.services["default/app1"] = service;
    facts.exporter.pods = {{.labels = {{"app", "app1"}},
                            .name_space = "default",
                            .name = "app1-1",
                            .service_account = "app1",
                            .ready = true,
                            .injected = true}};
  }
  void authentication(const char* name_space, Json spec, const char* created = "") {
    take_authentication(facts, object(name_space, std::move(spec), created));
  }
  void authorization(const char* name_space, Json spec) {
    take_authorization(facts, object(name_space, std::move(spec)));
  }
  void sidecar(const char* name_space, std::vector<Json> hosts, Json selector = Json()) {
    Json spec{{"egress", list({{{"hosts", Json(std::move(hosts))}}})}};
    if (!selector.is_null()) spec["workloadSelector"]["labels"] = std::move(selector);
    take_sidecar(facts, object(name_space, std::move(spec)));
  }
  /// Policies of the exporting namespace, and the gateway that has to get in.
  void network_policies(std::vector<Json> specs) {
    facts.gateway_pods = {{.labels = {{"istio", "eastwestgateway"}},
                           .name_space = "istio-system",
                           .name = "gw-1",
                           .service_account = "gw",
                           .ready = true,
                           .injected = true}};
    facts.namespaces["istio-system"] = {{"kubernetes.io/metadata.name", "istio-system"}};
    facts.exporter.pods.front().ports = {{"web", 8080}};
    facts.network_policies.emplace();
    for (Json& spec : specs)
      (*facts.network_policies)["default"].push_back(object("default", std::move(spec)));
  }
  void holds_alias() {
    SeenEntry entry;
    entry.name = "app2.default.global";
    entry.ours = true;
    facts.alias.entries = {entry};
  }
  Subject subject() { return {facts, all, request}; }

  CheckFacts facts;
  ExposureRequest request;
  std::vector<CheckFacts> all;

 private:
  static Json object(const char* name_space, Json spec, const char* created = "") {
    return {{"metadata",
             {{"name", "theirs"}, {"namespace", name_space}, {"creationTimestamp", created}}},
            {"spec", std::move(spec)}};
  }
};

Json off() {
  return {{"mode", "DISABLE"}};
}

/// A plan that exports it, as mesh.yaml names it.
Plan synced(Mesh& mesh) {
  return mesh.plan(
      "sync", Json::object(),
      {{"exports", list({{{"cluster", "game-agones"}, {"service", "default/app1"}}})}});
}

Json labelled(const char* app) {
  return {{"matchLabels", {{"app", app}}}};
}

}  // namespace

TEST_CASE("serviceentry lived-in: PeerAuthentication counts where istiod counts it") {
  Exporter bench;
  const auto severity = [&] { return mutual_tls(bench.subject()).severity; };
  CHECK(severity() == Severity::pass);
  SECTION("another workload's") {
    bench.authentication("default", {{"selector", labelled("legacy")}, {"mtls", off()}});
    CHECK(severity() == Severity::pass);
  }
  SECTION("the workload's own") {
    bench.authentication("default", {{"selector", labelled("app1")}, {"mtls", off()}});
    CHECK(severity() == Severity::failure);
  }
  SECTION("a port of the workload, by the container's number") {
    bench.authentication("default", {{"selector", labelled("app1")},
                                     {"mtls", {{"mode", "STRICT"}}},
                                     {"portLevelMtls", {{"8080", off()}}}});
    CHECK_THAT(mutual_tls(bench.subject()).evidence, Contains("port 8080"));
  }
  SECTION("another port of it") {
    bench.authentication("default", {{"selector", labelled("app1")},
                                     {"portLevelMtls", {{"80", off()}, {"9090", off()}}}});
    CHECK(severity() == Severity::pass);
  }
  SECTION("the mesh's default") {
    bench.authentication("istio-system", {{"mtls", off()}});
    CHECK(severity() == Severity::failure);
    bench.authentication("default", {{"mtls", {{"mode", "UNSET"}}}});
    CHECK(severity() == Severity::failure);
    bench.authentication("default",
                         {{"selector", labelled("app1")}, {"mtls", {{"mode", "STRICT"}}}});
    CHECK(severity() == Severity::pass);
  }
  SECTION("the oldest of two") {
    bench.authentication("default", {{"mtls", off()}}, "2026-02-01T00:00:00Z");
    bench.authentication("default", {{"mtls", {{"mode", "STRICT"}}}}, "2026-01-01T00:00:00Z");
    CHECK(severity() == Severity::pass);
  }
  SECTION("a selector in the root namespace is for its own pods") {
    bench.authentication("istio-system", {{"selector", labelled("app1")}, {"mtls", off()}});
    CHECK(severity() == Severity::pass);
  }
  SECTION("another namespace's") {
    bench.authentication("shop", {{"mtls", off()}});
    CHECK(severity() == Severity::pass);
  }
}

TEST_CASE("serviceentry lived-in: AuthorizationPolicies that shut every caller out") {
  Exporter bench;
  const auto severity = [&] { return callers_allowed(bench.subject()).severity; };
  CHECK(severity() == Severity::pass);
  SECTION("allow-nothing of the mesh, the namespace or the workload") {
    bench.authorization(GENERATE("istio-system", "default"), Json::object());
    CHECK(severity() == Severity::failure);
    // One that allows something beside it.
    bench.authorization("default", {{"rules", list({Json::object()})}});
    CHECK(severity() == Severity::pass);
  }
  SECTION("of another workload or namespace") {
    bench.authorization("default", {{"selector", labelled("legacy")}});
    bench.authorization("shop", Json::object());
    CHECK(severity() == Severity::pass);
  }
  SECTION("deny everything beats what allows") {
    bench.authorization("default", {{"rules", list({Json::object()})}});
    bench.authorization("default", {{"action", "DENY"}, {"rules", list({Json::object()})}});
    CHECK_THAT(callers_allowed(bench.subject()).evidence, Contains("denies every call"));
  }
  SECTION("deny some") {
    bench.authorization(
        "default",
        {{"action", "DENY"},
         {"rules", list({{{"from", list({{{"source", {{"namespaces", list({"x"})}}}}})}}})}});
    CHECK(severity() == Severity::pass);
  }
  SECTION("allow another port only") {
    const auto allow = [](const char* port) -> Json {
      return {{"rules", list({{{"to", list({{{"operation", {{"ports", list({port})}}}}})}}})}};
    };
    bench.authorization("default", allow("9090"));
    CHECK_THAT(callers_allowed(bench.subject()).evidence, Contains("allows no call of port 8080"));
    bench.authorization("default", allow("8080"));
    CHECK(severity() == Severity::pass);
  }
  SECTION("for a waypoint") {
    bench.authorization("default", {{"targetRefs", list({{{"kind", "Gateway"}}})}});
    CHECK(severity() == Severity::pass);
  }
}

TEST_CASE("serviceentry lived-in: a Sidecar shows hosts by both halves") {
  Exporter bench;
  bench.holds_alias();
  const auto severity = [&] { return seen_by_sidecars(bench.subject()).severity; };
  const auto shown = GENERATE(values<std::vector<Json>>({{"*/*"},
                                                         {"istio-system/*"},
                                                         {"./*", "istio-system/*"},
                                                         {"*/*.global"},
                                                         {"istio-system/app2.default.global"},
                                                         {"*/*.default.global", "~/x"}}));
  SECTION("shown") {
    bench.sidecar("default", shown);
    CHECK(severity() == Severity::pass);
  }
  SECTION("hidden, though the namespace is named") {
    bench.sidecar("default",
                  GENERATE(values<std::vector<Json>>({{"./*", "istio-system/*.svc.cluster.local"},
                                                      {"istio-system/app1.default.global"},
                                                      {"*/*.svc.cluster.local"}})));
    CHECK(severity() == Severity::failure);
  }
  SECTION("a namespace that keeps to itself may mean it") {
    bench.sidecar("shop", {GENERATE("./*", "~/*", "shop/*")});
    CHECK(severity() == Severity::warning);
  }
  SECTION("the mesh's default") {
    bench.sidecar("istio-system", {"~/*"});
    CHECK(severity() == Severity::failure);
  }
  SECTION("of some pods") {
    bench.sidecar("default", {"istio-system/*.svc.cluster.local"}, {{"app", "x"}});
    CHECK(severity() == Severity::warning);
  }
}

TEST_CASE("serviceentry lived-in: a Service that no gateway knows is no export") {
  Mesh mesh;
  Json& service = *mesh.find("game-agones", "Service default/app1");
  const std::string says = GENERATE(".", "~", "default,shop");
  service["metadata"]["annotations"]["networking.istio.io/exportTo"] = says;
  const Plan plan = synced(mesh);
  REQUIRE_FALSE(plan.refusals.empty());
  CHECK_THAT(plan.refusals[0].message, Contains("is not shown to the gateway"));
  CHECK_THAT(plan.refusals[0].hint, Contains("istio-system"));
  service["metadata"]["annotations"]["networking.istio.io/exportTo"] =
      GENERATE("*", "default,istio-system");
  CHECK(synced(mesh).refusals.empty());
}

TEST_CASE("serviceentry lived-in: a Service without a selector is no export") {
  Mesh mesh;
  (*mesh.find("game-agones", "Service default/app1"))["spec"].erase("selector");
  const Plan plan = synced(mesh);
  REQUIRE_FALSE(plan.refusals.empty());
  CHECK_THAT(plan.refusals[0].message, Contains("has no selector"));
}

TEST_CASE("serviceentry exports-open: NetworkPolicies between the gateway and the pods") {
  struct Row {
    const char* spec;
    Severity severity;
  };
  const auto row = GENERATE(values<Row>({
      {R"({"podSelector": {}})", Severity::failure},
      {R"({"podSelector": {"matchLabels": {"app": "other"}}})", Severity::pass},
      {R"({"podSelector": {}, "policyTypes": ["Egress"]})", Severity::pass},
      {R"({"podSelector": {}, "ingress": [{}]})", Severity::pass},
      {R"({"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]})", Severity::failure},
      {R"({"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {}}]}]})",
       Severity::pass},
      {R"({"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {"matchLabels":
          {"kubernetes.io/metadata.name": "istio-system"}}}], "ports": [{"port": 8080}]}]})",
       Severity::pass},
      {R"({"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {"matchLabels":
          {"kubernetes.io/metadata.name": "istio-system"}}, "podSelector": {"matchLabels":
          {"istio": "ingressgateway"}}}]}]})",
       Severity::failure},
      // Of the Service's port, which is not the pod's.
      {R"({"podSelector": {}, "ingress": [{"ports": [{"port": 80}]}]})", Severity::failure},
      {R"({"podSelector": {}, "ingress": [{"ports": [{"port": "web"}]}]})", Severity::pass},
      {R"({"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]})",
       Severity::pass},
  }));
  CAPTURE(row.spec);
  Exporter cluster;
  cluster.network_policies({Json::parse(row.spec)});
  CHECK(exports_open(cluster.subject()).severity == row.severity);
  // Policies only ever add.
  cluster.network_policies(
      {Json::parse(row.spec), Json::parse(R"({"podSelector": {}, "ingress": [{}]})")});
  CHECK(exports_open(cluster.subject()).severity == Severity::pass);
}

}  // namespace mesh::serviceentry::test
