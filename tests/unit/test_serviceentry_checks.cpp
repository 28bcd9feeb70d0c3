#include "checks.hpp"
#include "unit/schema_support.hpp"
#include "unit/serviceentry_support.hpp"

#include "mesh/base64.hpp"
#include "mesh/overview.hpp"

// For each row one broken input that makes exactly that row fail, in both modes.

namespace mesh::serviceentry::test {

namespace {

using Ids = std::set<std::string>;

Json array_of(std::vector<Json> items) {
  return Json(std::move(items));
}

class Checked : public Mesh {
 public:
  Checked() {
    for (const Member& member : view.members) {
      put(member.context,
          {{"apiVersion", "v1"},
           {"kind", "Pod"},
           {"metadata",
            {{"name", "gw-1"},
             {"namespace", "istio-system"},
             {"labels", {{"istio", "eastwestgateway"}}}}},
           {"spec", {{"containers", array_of({{{"name", "istio-proxy"}}})}}},
           {"status", {{"conditions", array_of({{{"type", "Ready"}, {"status", "True"}}})}}}});
      put(member.context,
          {{"apiVersion", "v1"},
           {"kind", "Pod"},
           {"metadata",
            {{"name", "istiod-1"}, {"namespace", "istio-system"}, {"labels", {{"app", "istiod"}}}}},
           {"status", {{"phase", "Running"}}}});
      Json gateway{
          {"apiVersion", "networking.istio.io/v1"},
          {"kind", "Gateway"},
          {"metadata", {{"name", "cross-network-gateway"}, {"namespace", "istio-system"}}}};
      gateway["spec"]["selector"] = {{"istio", "eastwestgateway"}};
      gateway["spec"]["servers"] = Json::array();
      gateway["spec"]["servers"].push_back(
          {{"tls", {{"mode", "AUTO_PASSTHROUGH"}}}, {"hosts", array_of({"*.local"})}});
      put(member.context, gateway);
    }
    tls = [this](const Json& asked) {
      probed.push_back(asked);
      return sight;
    };
    sight = {{"chain", array_of({"-----BEGIN CERTIFICATE-----"})}};
    pod = [this](const Json& ask) {
      const bool first = ask.at("cluster") == "game-agones";
      const Json body = ask.at("path") == "/debug/clusterz"
                            ? array_of({{{"id", first ? "c2" : "c1"}, {"syncStatus", sync_status}}})
                            : array_of({{{"Network", first ? "n2" : "n1"},
                                         {"Addr", first ? "10.77.0.102" : known_address},
                                         {"Port", 15443}}});
      return Json{{"status", 200}, {"body", body.dump()}};
    };
  }

  void export_app() {
    annotate("game-agones", "app1", k_export, "true");
    carry_out(plan("sync"));
  }

  void discover() {
    view.mode = Mode::discovery;
    hook = [this](const Action& action) {
      if (action.type == ActionType::wait) fill(action.cluster, "t");
    };
    settle([&] { return plan("sync"); });
  }

  void fill(const std::string& cluster, const std::string& token) {
    (*find(cluster, std::string("Secret istio-system/") + k_token_secret))["data"] = {
        {"token", base64_encode(token)}, {"ca.crt", base64_encode("ca")}};
  }

  Json findings(Json options = Json::object()) {
    const ExtensionPtr check = make_check();
    Json names = Json::array();
    for (const Member& member : view.members) names.push_back(member.context);
    const Json reply = check->invoke(
        "run", {{"clusters", names}, {"options", std::move(options)}, {"mesh", to_json(view)}},
        host());
    CHECK(mesh::test::misfit(reply, "check.json", "/definitions/run/reply").empty());
    return reply.at("items");
  }

  Ids with(const char* severity, Json options = Json::object()) {
    Ids ids;
    for (const Json& row : findings(std::move(options))) {
      if (row.at("severity") != severity) continue;
      ids.insert(row.at("id").get<std::string>().substr(13));
      if (std::string(severity) == "failure") CHECK(!row.at("fix").get<std::string>().empty());
      CHECK(!row.at("evidence").get<std::string>().empty());
    }
    return ids;
  }
  Ids fails() { return with("failure"); }

  Json& object(const char* cluster, const char* key) {
    Json* found = find(cluster, key);
    REQUIRE(found != nullptr);
    return *found;
  }

  Json sight;
  std::string sync_status = "synced", known_address = "10.77.0.101";
  std::vector<Json> probed;
};

}  // namespace

TEST_CASE("serviceentry verify: a sound mesh of aliases; ids are what others hold on to") {
  Checked mesh;
  mesh.export_app();
  CHECK(mesh.fails().empty());
  CHECK(mesh.with("warning").empty());
  CHECK(mesh.probed.front()["serverName"] == "outbound_.8000_._.app1.default.svc.cluster.local");
  CHECK(mesh.probed.front()["alpn"] == "istio");
  Ids ids;
  for (const auto& row : check_rows()) ids.insert(row.id);
  CHECK(ids == Ids{"serviceentry/gateway-ready", "serviceentry/gateway-open",
                   "serviceentry/services-served", "serviceentry/mutual-tls",
                   "serviceentry/callers-allowed", "serviceentry/exports-open",
                   "serviceentry/in-step", "serviceentry/addresses-free",
                   "serviceentry/rules-alone", "serviceentry/visible",
                   "serviceentry/remote-secrets", "serviceentry/remote-tokens",
                   "serviceentry/reader-rights", "serviceentry/names-known",
                   "serviceentry/same-services", "serviceentry/registries-synced",
                   "serviceentry/gateways-known", "serviceentry/gateway-answers"});
}

TEST_CASE("serviceentry verify: --objects-only opens no connection") {
  Checked mesh;
  mesh.export_app();
  CHECK(mesh.with("failure", {{"objects-only", true}}).empty());
  CHECK(mesh.probed.empty());
  CHECK(mesh.with("skipped", {{"objects-only", true}}).contains("gateway-answers"));
}

TEST_CASE("serviceentry verify: one fault, one failure, mode alias") {
  Checked mesh;
  mesh.export_app();
  const char* gateway = "Service istio-system/istio-eastwestgateway";
  const char* pod = "Pod istio-system/gw-1";
  SECTION("no gateway pod is ready") {
    mesh.object("game-agones", pod)["status"]["conditions"][0]["status"] = "False";
    CHECK(mesh.fails() == Ids{"gateway-ready"});
  }
  SECTION("the gateway has no address") {
    mesh.object("game-agones", gateway)["status"] = Json::object();
    CHECK(mesh.fails() == Ids{"gateway-ready"});
  }
  SECTION("nothing passes through") {
    mesh.erase("game-agones", "Gateway istio-system/cross-network-gateway");
    CHECK(mesh.fails() == Ids{"gateway-open"});
  }
  SECTION("the export is not among the hosts") {
    mesh.object("game-agones",
                "Gateway istio-system/cross-network-gateway")["spec"]["servers"][0]["hosts"][0] =
        "*.other.svc.cluster.local";
    CHECK(mesh.fails() == Ids{"gateway-open"});
  }
  SECTION("no sidecar behind the service") {
    mesh.object("game-agones", "Pod default/app1-1")["spec"]["containers"].erase(1);
    CHECK(mesh.fails() == Ids{"services-served"});
  }
  SECTION("nothing behind the service") {
    mesh.erase("game-agones", "Pod default/app1-1");
    CHECK(mesh.fails() == Ids{"services-served"});
  }
  SECTION("mutual TLS is off") {
    mesh.put("game-agones", {{"apiVersion", "security.istio.io/v1"},
                             {"kind", "PeerAuthentication"},
                             {"metadata", {{"name", "off"}, {"namespace", "default"}}},
                             {"spec", {{"mtls", {{"mode", "DISABLE"}}}}}});
    CHECK(mesh.fails() == Ids{"mutual-tls"});
  }
  SECTION("an endpoint was edited") {
    mesh.object("game-gke", k_entry)["spec"]["endpoints"][0]["address"] = "10.9.9.9";
    CHECK(mesh.fails() == Ids{"in-step"});
  }
  SECTION("the rule is gone") {
    mesh.erase("game-gke", k_rule);
    CHECK(mesh.fails() == Ids{"in-step"});
  }
  SECTION("somebody else rules") {
    mesh.put(
        "game-gke",
        {{"apiVersion", "networking.istio.io/v1"},
         {"kind", "DestinationRule"},
         {"metadata", {{"name", "theirs"}, {"namespace", "shop"}}},
         {"spec", {{"host", "*.global"}, {"trafficPolicy", {{"tls", {{"mode", "DISABLE"}}}}}}}});
    CHECK(mesh.fails() == Ids{"rules-alone"});
  }
  SECTION("pods live where the addresses are") {
    mesh.put("game-gke", {{"kind", "Node"},
                          {"metadata", {{"name", "n1"}}},
                          {"spec", {{"podCIDR", "240.0.0.0/16"}}}});
    CHECK(mesh.fails() == Ids{"addresses-free"});
  }
  SECTION("a Sidecar hides them") {
    mesh.put("game-gke", {{"apiVersion", "networking.istio.io/v1"},
                          {"kind", "Sidecar"},
                          {"metadata", {{"name", "narrow"}, {"namespace", "shop"}}},
                          {"spec", {{"egress", array_of({{{"hosts", array_of({"./*"})}}})}}}});
    CHECK(mesh.fails().empty());
    CHECK(mesh.with("warning") == Ids{"visible"});
  }
  SECTION("the gateway resets the connection") {
    mesh.sight = {{"chain", Json::array()}};
    CHECK(mesh.fails() == Ids{"gateway-answers"});
  }
  SECTION("the certificate is of another root") {
    mesh.put("game-gke",
             {{"apiVersion", "v1"},
              {"kind", "ConfigMap"},
              {"metadata", {{"name", "istio-ca-root-cert"}, {"namespace", "istio-system"}}},
              {"data", {{"root-cert.pem", "the root of the callers"}}}});
    mesh.sight["faults"] = {""};
    CHECK(mesh.fails().empty());
    CHECK(mesh.probed.front()["roots"] == Json::array({"the root of the callers"}));
    mesh.sight["faults"] = {"unable to get local issuer certificate"};
    CHECK(mesh.fails() == Ids{"gateway-answers"});
  }
  SECTION("this machine does not reach the gateway") {
    mesh.sight = {{"chain", Json::array()},
                  {"problem", {{"code", "unreachable"}, {"message", "timed out"}}}};
    CHECK(mesh.fails().empty());
    CHECK(mesh.with("skipped").contains("gateway-answers"));
  }
}

TEST_CASE("serviceentry verify: a sound mesh that discovers") {
  Checked mesh;
  mesh.discover();
  CHECK(mesh.fails().empty());
  CHECK(mesh.with("pass") == Ids{"gateway-ready", "gateway-open", "mutual-tls", "remote-secrets",
                                 "remote-tokens", "reader-rights", "same-services",
                                 "registries-synced", "gateways-known"});
}

TEST_CASE("serviceentry verify: one fault, one failure, mode discovery") {
  Checked mesh;
  mesh.discover();
  const char* secret = "Secret istio-system/istio-remote-secret-c1";
  SECTION("a remote secret is gone") {
    mesh.erase("game-gke", secret);
    CHECK(mesh.fails() == Ids{"remote-secrets"});
  }
  SECTION("it asks a program") {
    mesh.object("game-gke", secret)["data"]["c1"] = base64_encode("users:\n- user:\n    exec:\n");
    CHECK(mesh.fails() == Ids{"remote-secrets"});
  }
  SECTION("its annotation names another cluster") {
    mesh.object("game-gke", secret)["metadata"]["annotations"][k_cluster_annotation] = "c7";
    CHECK(mesh.fails() == Ids{"remote-secrets"});
  }
  SECTION("the token was made anew") {
    mesh.fill("game-agones", "new");
    CHECK(mesh.fails() == Ids{"remote-tokens"});
  }
  SECTION("the token is accepted no more, or may not read") {
    mesh.token_problem = GENERATE("unauthorized", "forbidden");
    CHECK(mesh.fails() == Ids{"reader-rights"});
  }
  SECTION("the API server of the token is not reached from here") {
    mesh.token_problem = "unreachable";
    CHECK(mesh.fails().empty());
    CHECK(mesh.with("skipped").contains("reader-rights"));
  }
  SECTION("a Service of the same name has other ports") {
    mesh.add_service("game-gke", "app1", {{{"name", "http"}, {"port", 9000}}});
    CHECK(mesh.fails() == Ids{"same-services"});
  }
  SECTION("a Service of the same name is headless") {
    mesh.add_service("game-gke", "app1", {{{"name", "http"}, {"port", 8000}}},
                     {{"clusterIP", "None"}});
    CHECK(mesh.fails() == Ids{"same-services"});
  }
  SECTION("what is exported has no name here") {
    mesh.annotate("game-agones", "app1", k_export, "true");
    CHECK(mesh.fails() == Ids{"names-known"});
    mesh.carry_out(mesh.plan("sync"));
    CHECK(mesh.fails().empty());
    CHECK(mesh.with("pass").contains("names-known"));
    mesh.object("game-gke", "Service default/app1")["spec"]["ports"][0]["port"] = 8001;
    CHECK(mesh.fails() == Ids{"names-known"});
  }
  SECTION("a name is not known here") {
    mesh.add_service("game-gke", "other", {{{"name", "http"}, {"port", 8000}}});
    CHECK(mesh.fails().empty());
    CHECK(mesh.with("warning") == Ids{"same-services"});
  }
  SECTION("istiod cannot reach the other API server") {
    mesh.sync_status = "timeout";
    CHECK(mesh.fails() == Ids{"registries-synced"});
  }
  SECTION("istiod knows an old gateway") {
    mesh.known_address = "10.9.9.9";
    CHECK(mesh.fails() == Ids{"gateways-known"});
  }
}

TEST_CASE("serviceentry overview: what init and status say") {
  Checked mesh;
  mesh.export_app();
  const ExtensionPtr overview = make_overview();
  const Json request{{"clusters", {"game-agones", "game-gke"}}, {"mesh", to_json(mesh.view)}};
  const Json detected = overview->invoke("detect", request, mesh.host());
  CHECK(mesh::test::misfit(detected, "overview.json", "/definitions/detect/reply").empty());
  CHECK(detected["mesh"]["clusters"]["game-gke"]["network"] == "n2");
  const Json status = overview->invoke("status", request, mesh.host());
  CHECK(mesh::test::misfit(status, "overview.json", "/definitions/status/reply").empty());
  CHECK(status["rows"][0] == Json({{"cluster", "game-agones"},
                                   {"gateway", "10.77.0.101"},
                                   {"exports", 1},
                                   {"aliases", "0"}}));
  CHECK(status["rows"][1]["aliases"] == "1");
}

}  // namespace mesh::serviceentry::test
