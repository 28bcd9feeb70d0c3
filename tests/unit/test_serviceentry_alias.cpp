#include "alias.hpp"
#include "unit/schema_support.hpp"
#include "unit/serviceentry_support.hpp"

// What is in the clusters -> what is written, for the strategy `alias`.

namespace mesh::serviceentry::test {

namespace {

Json named(const std::string& service = "default/app1") {
  return {{"exports", {{{"cluster", "game-agones"}, {"service", service}}}}};
}

const Json& spec_of(Mesh& mesh, const char* key = k_entry, const char* cluster = "game-gke") {
  const Json* object = mesh.find(cluster, key);
  REQUIRE(object != nullptr);
  return (*object)["spec"];
}

}  // namespace

TEST_CASE("serviceentry sync: the how-to's service, by mesh.yaml") {
  Mesh mesh;
  const Plan plan = mesh.plan("sync", Json::object(), named());
  CHECK(mesh::test::misfit(to_json(plan), "plan.json").empty());
  CHECK(mesh.carry_out(plan) == 2);
  const Json& entry = spec_of(mesh);
  CHECK(entry["hosts"] == Json({"app1.default.global"}));
  CHECK(entry["location"] == "MESH_INTERNAL");
  CHECK(entry["exportTo"] == Json({"*"}));
  CHECK(entry["resolution"] == "STATIC");
  CHECK(entry["addresses"][0].get<std::string>().starts_with("240.0."));
  CHECK(entry["ports"] == Json({{{"name", "http"}, {"number", 8000}, {"protocol", "HTTP"}}}));
  CHECK(entry["endpoints"] == Json({{{"address", "10.77.0.101"},
                                     {"ports", {{"http", 15443}}},
                                     {"labels", {{"security.istio.io/tlsMode", "istio"}}}}}));
  CHECK(entry["subjectAltNames"] == Json({"spiffe://cluster.local/ns/default/sa/app1"}));
  CHECK(spec_of(mesh, k_rule) ==
        Json({{"host", "app1.default.global"},
              {"exportTo", {"*"}},
              {"trafficPolicy",
               {{"portLevelSettings",
                 {{{"port", {{"number", 8000}}},
                   {"tls",
                    {{"mode", "ISTIO_MUTUAL"},
                     {"sni", "outbound_.8000_._.app1.default.svc.cluster.local"}}}}}}}}}));
  // The rule comes first; the exporter itself gets nothing; a second run changes nothing.
  CHECK(plan.actions.front().object["kind"] == "DestinationRule");
  CHECK(mesh.find("game-agones", k_entry) == nullptr);
  CHECK(mesh.carry_out(mesh.plan("sync", Json::object(), named())) == 0);
}

TEST_CASE("serviceentry export: the annotation is all the memory that sync needs") {
  Mesh mesh;
  const Json options{{"service", {"default/app1"}}, {"from", "game-agones"}};
  CHECK(mesh.carry_out(mesh.plan("export", options)) == 3);
  CHECK((*mesh.find("game-agones", "Service default/app1"))["metadata"]["annotations"] ==
        Json({{k_export, "true"}}));
  CHECK(mesh.carry_out(mesh.plan("sync")) == 0);
  CHECK(mesh.carry_out(mesh.plan("export", options)) == 0);
  // And remove takes back exactly that.
  CHECK(mesh.carry_out(mesh.plan("remove", options)) == 3);
  CHECK(mesh.find("game-gke", k_entry) == nullptr);
  CHECK(mesh.find("game-gke", k_rule) == nullptr);
  CHECK((*mesh.find("game-agones", "Service default/app1"))["metadata"]["annotations"].empty());
}

TEST_CASE("serviceentry export: one port, under a name of its own") {
  Mesh mesh;
  mesh.add_service("game-agones", "shop",
                   {{{"name", "http"}, {"port", 80}}, {{"name", "grpc-api"}, {"port", 9090}}});
  mesh.carry_out(mesh.plan("export", {{"service", {"default/shop"}},
                                      {"from", "c1"},
                                      {"port", {"grpc-api"}},
                                      {"alias", "shop.global"}}));
  const Json& entry = spec_of(mesh, "ServiceEntry istio-system/shop.global");
  CHECK(entry["ports"] == Json({{{"name", "grpc-api"}, {"number", 9090}, {"protocol", "GRPC"}}}));
  CHECK(mesh.carry_out(mesh.plan("sync")) == 0);
}

TEST_CASE("serviceentry sync: every port has its own SNI") {
  Mesh mesh;
  mesh.add_service("game-agones", "shop",
                   {{{"name", "http"}, {"port", 80}},
                    {{"name", "grpc-api"}, {"port", 9090}},
                    {{"name", "dns"}, {"port", 53}, {"protocol", "UDP"}},
                    {{"name", "odd"}, {"port", 7000}}});
  const Plan plan = mesh.plan("sync", Json::object(), named("default/shop"));
  CHECK_THAT(words_of(plan),
             Catch::Contains("port 53 is UDP") && Catch::Contains("port 7000 names no protocol"));
  mesh.carry_out(plan);
  const Json& ports = spec_of(
      mesh,
      "DestinationRule istio-system/shop.default.global")["trafficPolicy"]["portLevelSettings"];
  REQUIRE(ports.size() == 3);
  CHECK(ports[1]["tls"]["sni"] == "outbound_.9090_._.shop.default.svc.cluster.local");
  CHECK_FALSE(spec_of(mesh, "ServiceEntry istio-system/shop.default.global")["ports"][2].contains(
      "protocol"));
}

TEST_CASE("serviceentry sync: annotations and selectors choose, in every cluster") {
  Mesh mesh;
  mesh.add_service("game-gke", "shop", {{{"name", "http"}, {"port", 80}}});
  mesh.annotate("game-agones", "app1", k_export, "true");
  (*mesh.find("game-gke", "Service default/shop"))["metadata"]["labels"] = {{"tier", "front"}};
  mesh.carry_out(mesh.plan("sync", Json::object(), {{"selector", "tier=front"}}));
  CHECK(mesh.find("game-gke", k_entry) != nullptr);
  CHECK(mesh.find("game-agones", "ServiceEntry istio-system/shop.default.global") != nullptr);
  CHECK(mesh.find("game-gke", "ServiceEntry istio-system/shop.default.global") == nullptr);
  // An annotation that says no beats the selector.
  mesh.annotate("game-gke", "shop", k_export, "false");
  mesh.carry_out(mesh.plan("sync", Json::object(), {{"selector", "tier=front"}}));
  CHECK(mesh.find("game-agones", "ServiceEntry istio-system/shop.default.global") == nullptr);
}

TEST_CASE("serviceentry sync: a gateway's new address, and a host name") {
  Mesh mesh;
  mesh.carry_out(mesh.plan("sync", Json::object(), named()));
  const std::string before = spec_of(mesh)["addresses"][0];
  mesh.add_gateway("game-agones", "n1", "gw.example.com");
  CHECK(mesh.carry_out(mesh.plan("sync", Json::object(), named())) == 1);
  CHECK(spec_of(mesh)["resolution"] == "DNS");
  CHECK(spec_of(mesh)["endpoints"][0]["address"] == "gw.example.com");
  CHECK(spec_of(mesh)["addresses"][0] == before);
}

TEST_CASE("serviceentry sync: several addresses are several endpoints; the operator's word wins") {
  Mesh mesh;
  (*mesh.find(
      "game-agones",
      "Service istio-system/istio-eastwestgateway"))["status"]["loadBalancer"]["ingress"] = {
      {{"ip", "10.0.0.1"}}, {{"ip", "10.0.0.2"}}};
  mesh.carry_out(mesh.plan("sync", Json::object(), named()));
  CHECK(spec_of(mesh)["endpoints"].size() == 2);
  Json settings = named();
  settings["addresses"] = {{"c1", {"203.0.113.7:443"}}};
  mesh.carry_out(mesh.plan("sync", Json::object(), settings));
  CHECK(spec_of(mesh)["endpoints"] ==
        Json({{{"address", "203.0.113.7"},
               {"ports", {{"http", 443}}},
               {"labels", {{"security.istio.io/tlsMode", "istio"}}}}}));
}

TEST_CASE("serviceentry sync: no address yet: all else is done, then it waits and goes on") {
  Mesh mesh;
  mesh.add_gateway("game-agones", "n1", "");
  mesh.add_service("game-gke", "shop", {{{"name", "http"}, {"port", 80}}});
  mesh.annotate("game-gke", "shop", k_export, "true");
  const Plan plan = mesh.plan("sync", {{"wait", "7s"}}, named());
  CHECK(plan.continues);
  CHECK_THAT(words_of(plan), Catch::Contains("app1.default.global is pending"));
  const Action& wait =
      *std::find_if(plan.actions.begin(), plan.actions.end(),
                    [](const Action& one) { return one.type == ActionType::wait; });
  CHECK(wait.type == ActionType::wait);
  CHECK(wait.cluster == "game-agones");
  CHECK(wait.seconds == 7);
  CHECK(wait.phase == 1);
  CHECK(mesh.carry_out(plan) == 2);  // shop
  mesh.hook = [&](const Action& action) {
    if (action.type == ActionType::wait) mesh.add_gateway("game-agones", "n1", "10.0.0.9");
  };
  mesh.settle([&] { return mesh.plan("sync", Json::object(), named()); });
  CHECK(spec_of(mesh)["endpoints"][0]["address"] == "10.0.0.9");
}

TEST_CASE("serviceentry sync: no gateway, or one that nobody gives an address") {
  Mesh mesh;
  mesh.erase("game-agones", "Service istio-system/istio-eastwestgateway");
  CHECK_THAT(words_of(mesh.plan("sync", Json::object(), named())),
             Catch::Contains("has no Service labelled topology.istio.io/network=n1"));
  mesh.add_gateway("game-agones", "other", "10.0.0.1");
  CHECK_THAT(words_of(mesh.plan("sync", Json::object(), named())),
             Catch::Contains("is of network other"));
  mesh.add_gateway("game-agones", "n1", "");
  (*mesh.find("game-agones", "Service istio-system/istio-eastwestgateway"))["spec"]["type"] =
      "NodePort";
  CHECK_THAT(words_of(mesh.plan("sync", Json::object(), named())),
             Catch::Contains("of type NodePort"));
  mesh.put("game-agones",
           {{"kind", "Node"},
            {"metadata", {{"name", "node1"}}},
            {"status", {{"addresses", {{{"type", "InternalIP"}, {"address", "192.0.2.4"}}}}}}});
  Json settings = named();
  settings["node-ports"] = true;
  mesh.carry_out(mesh.plan("sync", Json::object(), settings));
  CHECK(spec_of(mesh)["endpoints"][0]["ports"]["http"] == 30443);
}

TEST_CASE(
    "serviceentry sync: a look ahead writes and refuses nothing, and says that more follows") {
  Mesh mesh;
  mesh.ahead = true;
  mesh.erase("game-agones", "Service istio-system/istio-eastwestgateway");
  for (const char* cluster : {"game-agones", "game-gke"}) {
    mesh.erase(cluster, "Namespace /istio-system");
    mesh.erase(cluster, "CustomResourceDefinition /serviceentries.networking.istio.io");
  }
  const Plan plan = mesh.plan("sync", Json::object(), named());
  CHECK(plan.refusals.empty());
  CHECK(plan.actions.empty());
  CHECK(plan.continues);
  CHECK_THAT(words_of(plan),
             Catch::Contains("exports app1.default.global once the gateway of game-agones has an "
                             "address"));
  CHECK_THAT(words_of(plan), Catch::Contains("game-gke: gets app1.default.global when Istio"));
}

TEST_CASE("serviceentry sync: without Istio it says so before it writes") {
  Mesh mesh;
  mesh.erase("game-gke", "CustomResourceDefinition /serviceentries.networking.istio.io");
  CHECK_THAT(words_of(mesh.plan("sync", Json::object(), named())),
             Catch::Contains("game-gke: Istio's kinds are not installed"));
  Mesh ending;
  (*ending.find("game-gke", "Namespace /istio-system"))["status"]["phase"] = "Terminating";
  CHECK_THAT(words_of(ending.plan("sync", Json::object(), named())),
             Catch::Contains("namespace istio-system is being deleted"));
}

TEST_CASE("serviceentry sync: prunes only what it made") {
  Mesh mesh;
  mesh.carry_out(mesh.plan("sync", Json::object(), named()));
  mesh.put("game-gke", {{"apiVersion", "networking.istio.io/v1"},
                        {"kind", "ServiceEntry"},
                        {"metadata", {{"name", "theirs"}, {"namespace", "shop"}}},
                        {"spec", {{"hosts", {"x.example.com"}}, {"addresses", {"240.0.0.9"}}}}});
  CHECK(mesh.carry_out(mesh.plan("sync")) == 2);
  CHECK(mesh.find("game-gke", "ServiceEntry shop/theirs") != nullptr);
  CHECK(mesh.find("game-gke", k_entry) == nullptr);
}

TEST_CASE("serviceentry sync: what leads to a cluster that was not seen stays") {
  Mesh mesh;
  mesh.add_cluster("third", "c3", "n3");
  mesh.annotate("game-agones", "app1", k_export, "true");
  mesh.carry_out(mesh.plan("sync"));
  CHECK(mesh.find("third", k_entry) != nullptr);
  mesh.not_of_this_run = {"game-agones"};
  CHECK(mesh.plan("sync").actions.empty());
  // A cluster of this run that does not answer ends it.
  mesh.not_of_this_run.clear();
  mesh.unreadable = "game-agones";
  CHECK(mesh.plan("sync").refusals.size() == 1);
}

TEST_CASE("serviceentry sync: a third cluster joins without a write to the others, and leaves") {
  Mesh mesh;
  mesh.annotate("game-agones", "app1", k_export, "true");
  mesh.carry_out(mesh.plan("sync"));
  mesh.add_cluster("third", "c3", "n3");
  mesh.add_gateway("third", "n3", "10.77.0.103");
  const Json before = mesh.objects["game-gke"];
  CHECK(mesh.carry_out(mesh.plan("sync")) == 2);
  CHECK(Json(mesh.objects["game-gke"]) == before);
  CommandRequest leave = mesh.request("remove");
  leave.clusters = {"third"};
  CHECK(mesh.carry_out(serviceentry::remove(leave, mesh.host())) == 2);
  CHECK(Json(mesh.objects["game-gke"]) == before);
}

TEST_CASE("serviceentry remove: everything of ours, annotations of ours, nothing else") {
  Mesh mesh;
  const Json before = mesh.objects;
  mesh.carry_out(mesh.plan("export", {{"service", {"default/app1"}}, {"from", "game-agones"}}));
  (*mesh.find("game-agones", "Service default/app1"))["metadata"]["managedFields"] = {
      {{"manager", "kubectl-mesh"},
       {"fieldsV1",
        {{"f:metadata", {{"f:annotations", {{std::string("f:") + k_export, Json::object()}}}}}}}}};
  mesh.carry_out(mesh.plan("remove"));
  Json& service = *mesh.find("game-agones", "Service default/app1");
  service["metadata"].erase("managedFields");
  CHECK(service["metadata"]["annotations"].empty());
  service["metadata"].erase("annotations");
  CHECK(Json(mesh.objects) == before);
  // What the owner of the service wrote is his.
  mesh.annotate("game-agones", "app1", k_export, "true");
  CHECK(mesh.plan("remove").actions.empty());
}

TEST_CASE("serviceentry sync: a mesh that changed its mode keeps nothing of the other one") {
  Mesh mesh;
  mesh.carry_out(mesh.plan("sync", Json::object(), named()));
  mesh.view.mode = Mode::discovery;
  mesh.ahead = true;  // only the leftovers matter here
  mesh.carry_out(mesh.plan("sync", Json::object(), named()));
  CHECK(mesh.find("game-gke", k_entry) == nullptr);
}

TEST_CASE("serviceentry sync: addresses are kept, foreign ones avoided, ranges respected") {
  Mesh mesh;
  mesh.carry_out(mesh.plan("sync", Json::object(), named()));
  const std::string first = spec_of(mesh)["addresses"][0];
  // Somebody else takes it: ours moves, once.
  mesh.put("game-gke", {{"apiVersion", "networking.istio.io/v1"},
                        {"kind", "ServiceEntry"},
                        {"metadata", {{"name", "theirs"}, {"namespace", "shop"}}},
                        {"spec", {{"hosts", {"x.example.com"}}, {"addresses", {first}}}}});
  CHECK(mesh.carry_out(mesh.plan("sync", Json::object(), named())) == 1);
  const std::string second = spec_of(mesh)["addresses"][0];
  CHECK(second != first);
  mesh.erase("game-gke", "ServiceEntry shop/theirs");
  CHECK(mesh.carry_out(mesh.plan("sync", Json::object(), named())) == 0);
  mesh.put("game-gke", {{"kind", "Node"},
                        {"metadata", {{"name", "n1"}}},
                        {"spec", {{"podCIDRs", {"240.0.4.0/24"}}}}});
  CHECK_THAT(words_of(mesh.plan("sync", Json::object(), named())),
             Catch::Contains("the pods' range 240.0.4.0/24 of node n1"));
  Json settings = named();
  settings["pool"] = "240.7.0.0/16";
  mesh.carry_out(mesh.plan("sync", Json::object(), settings));
  CHECK(spec_of(mesh)["addresses"][0].get<std::string>().starts_with("240.7."));
}

TEST_CASE("serviceentry sync: pods gone for a moment unpin nothing; pin=false does") {
  Mesh mesh;
  mesh.carry_out(mesh.plan("sync", Json::object(), named()));
  mesh.erase("game-agones", "Pod default/app1-1");
  CHECK(mesh.carry_out(mesh.plan("sync", Json::object(), named())) == 0);
}

TEST_CASE("serviceentry list: one line per cluster and service, with its state") {
  Mesh mesh;
  const auto state = [&](const Json& settings) {
    const Report report = list(mesh.request("list", Json::object(), settings), mesh.host());
    CHECK(mesh::test::misfit(to_json(report), "report.json").empty());
    REQUIRE(report.items.size() == 1);
    return report.items[0]["state"].get<std::string>();
  };
  CHECK(state(named()) == "missing");
  mesh.carry_out(mesh.plan("sync", Json::object(), named()));
  CHECK(state(named()) == "in step");
  CHECK(state(Json::object()) == "not exported any more");
  mesh.add_gateway("game-agones", "n1", "10.0.0.9");
  CHECK(state(named()) == "differs");
  mesh.add_gateway("game-agones", "n1", "");
  CHECK(state(named()) == "waits for the gateway");
}

TEST_CASE("serviceentry: lists in pages, and no request per service") {
  Mesh mesh;
  for (int at = 0; at < 40; ++at) {
    const std::string name = "s" + std::to_string(at);
    mesh.add_service("game-agones", name, {{{"name", "http"}, {"port", 80}}});
    mesh.annotate("game-agones", name, k_export, "true");
  }
  mesh.page = 7;
  const Plan plan = mesh.plan("sync");
  CHECK(count(plan, ActionType::apply) == 80);
  mesh.carry_out(plan);
  mesh.page = 500;
  mesh.reads = 0;
  CHECK(mesh.carry_out(mesh.plan("sync")) == 0);
  CHECK(mesh.reads <= 30);
}

}  // namespace mesh::serviceentry::test
