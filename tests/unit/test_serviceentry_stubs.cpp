#include "discovery.hpp"
#include "istiods.hpp"
#include "unit/schema_support.hpp"
#include "unit/serviceentry_support.hpp"

#include "mesh/base64.hpp"
#include "mesh/overview.hpp"

// Mode discovery: the name of a service that lives in another cluster only, and the proof that
// istiod reaches what a remote secret names.

namespace mesh::serviceentry::test {

namespace {

constexpr const char* k_app = "Service default/app1";

class Stubbing : public Mesh {
 public:
  Stubbing() {
    view.mode = Mode::discovery;
    hook = [this](const Action& action) {
      if (action.type == ActionType::wait && action.until == Until::present)
        (*find(action.cluster, std::string("Secret istio-system/") + k_token_secret))["data"] = {
            {"token", base64_encode("t-" + action.cluster)}, {"ca.crt", base64_encode("ca")}};
    };
    put("game-gke",
        {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "default"}}}});
    put("game-agones",
        {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "default"}}}});
  }

  int sync_all() {
    return settle([&] { return plan("sync"); });
  }
  void export_app() {
    annotate("game-agones", "app1", k_export, "true");
    sync_all();
  }
  bool has(const char* cluster, const char* key) { return find(cluster, key) != nullptr; }
};

std::vector<Action> proofs(const Plan& plan) {
  std::vector<Action> found;
  for (const Action& action : plan.actions) {
    if (action.type == ActionType::prove) found.push_back(action);
  }
  return found;
}

}  // namespace

TEST_CASE("serviceentry stubs: an export gets a name in the clusters that have none") {
  Stubbing mesh;
  CHECK(mesh.sync_all() > 0);
  CHECK_FALSE(mesh.has("game-gke", k_app));  // nobody has asked for it
  mesh.export_app();
  const Json& stub = *mesh.find("game-gke", k_app);
  CHECK(stub["spec"]["ports"] ==
        Json::array({{{"name", "http"}, {"port", 8000}, {"protocol", "TCP"}}}));
  CHECK_FALSE(stub["spec"].contains("selector"));
  CHECK(stub["metadata"]["labels"][k_from] == "c1");
  CHECK(mesh.sync_all() == 0);
  // The original is nobody's stub, and gets none.
  CHECK((*mesh.find("game-agones", k_app))["spec"].contains("selector"));
}

TEST_CASE("serviceentry stubs: a port without a name stays without one") {
  Stubbing mesh;
  mesh.add_service("game-agones", "app1", {{{"port", 9000}, {"appProtocol", "grpc"}}});
  mesh.export_app();
  CHECK((*mesh.find("game-gke", k_app))["spec"]["ports"] ==
        Json::array({{{"appProtocol", "grpc"}, {"port", 9000}, {"protocol", "TCP"}}}));
}

TEST_CASE("serviceentry stubs: a Service of the cluster's own is left alone") {
  Stubbing mesh;
  mesh.add_service("game-gke", "app1", {{{"name", "http"}, {"port", 8000}}});
  const Json before = *mesh.find("game-gke", k_app);
  mesh.export_app();
  CHECK(*mesh.find("game-gke", k_app) == before);
  // And both may export it: they are one service.
  mesh.annotate("game-gke", "app1", k_export, "true");
  CHECK(mesh.plan("sync").refusals.empty());
}

TEST_CASE("serviceentry stubs: what is exported no more goes, what somebody made of it stays") {
  Stubbing mesh;
  mesh.export_app();
  mesh.annotate("game-agones", "app1", k_export, "false");
  SECTION("as it was") {
    mesh.sync_all();
    CHECK_FALSE(mesh.has("game-gke", k_app));
  }
  SECTION("with pods of its own by now") {
    (*mesh.find("game-gke", k_app))["spec"]["selector"] = {{"app", "app1"}};
    mesh.sync_all();
    mesh.carry_out(mesh.plan("remove"));
    CHECK(mesh.has("game-gke", k_app));
  }
}

TEST_CASE("serviceentry stubs: a namespace is made for them, and goes if it is empty") {
  Stubbing mesh;
  mesh.erase("game-gke", "Namespace /default");
  const Json before = mesh.objects;
  mesh.export_app();
  CHECK((*mesh.find("game-gke", "Namespace /default"))["metadata"]["labels"][k_managed_by] == k_us);
  CHECK(mesh.sync_all() == 0);
  const bool inhabited = GENERATE(false, true);
  if (inhabited) mesh.add_pod("game-gke", "theirs", "theirs");
  mesh.carry_out(mesh.plan("remove"));
  CHECK(mesh.has("game-gke", "Namespace /default") == inhabited);
  CHECK_FALSE(mesh.has("game-gke", k_app));
}

TEST_CASE("serviceentry stubs: a namespace on its way out refuses the run") {
  Stubbing mesh;
  (*mesh.find("game-gke", "Namespace /default"))["status"]["phase"] = "Terminating";
  mesh.annotate("game-agones", "app1", k_export, "true");
  CHECK_THAT(words_of(mesh.plan("sync")), Catch::Contains("cannot get a name there"));
}

TEST_CASE("serviceentry stubs: a stub is not exported itself") {
  Stubbing mesh;
  mesh.export_app();
  const Plan plan = mesh.plan("export", {{"service", {"default/app1"}}, {"from", "game-gke"}});
  CHECK_THAT(words_of(plan), Catch::Contains("stands for the one of c1"));
}

TEST_CASE("serviceentry stubs: names that nobody exports are told once per cluster") {
  Stubbing mesh;
  mesh.sync_all();
  mesh.add_service("game-gke", "app2", {{{"name", "http"}, {"port", 8000}}});
  CHECK_THAT(words_of(mesh.plan("sync")),
             Catch::Contains("game-agones: 1 Service of the other clusters has no name here, "
                             "default/app2 of game-gke"));
}

TEST_CASE("serviceentry stubs: mode alias takes them away") {
  Stubbing mesh;
  mesh.export_app();
  mesh.view.mode = Mode::alias;
  mesh.sync_all();
  CHECK_FALSE(mesh.has("game-gke", k_app));
  CHECK(mesh.has("game-gke", k_entry));
}

TEST_CASE("serviceentry discovery: a remote secret is proven where it is new or changed") {
  Stubbing mesh;
  mesh.plan("sync");
  mesh.carry_out(mesh.plan("sync"));  // accounts and tokens
  const std::vector<Action> fresh = proofs(mesh.plan("sync"));
  REQUIRE(fresh.size() == 2);
  CHECK(fresh[0].revert);
  CHECK(fresh[0].request["options"]["changed"] == false);
  CHECK(fresh[0].request["options"]["reach"] == Json({{"c2", "https://c2.example.com:6443"}}));
  mesh.sync_all();
  CHECK(proofs(mesh.plan("sync")).empty());
  const std::vector<Action> changed =
      proofs(mesh.plan("sync", {{"api-server", {"c1=https://elsewhere:6443"}}}));
  REQUIRE(changed.size() == 1);
  CHECK(changed[0].cluster == "game-gke");
  CHECK(changed[0].request["options"]["changed"] == true);
}

TEST_CASE("serviceentry discovery: the proof asks every istiod of the cluster") {
  Stubbing mesh;
  for (const char* name : {"istiod-1", "istiod-canary-1"}) {
    mesh.put("game-gke",
             {{"apiVersion", "v1"},
              {"kind", "Pod"},
              {"metadata",
               {{"name", name}, {"namespace", "istio-system"}, {"labels", {{"app", "istiod"}}}}},
              {"status", {{"phase", "Running"}}}});
  }
  std::string canary = "synced";
  Json refusal;
  mesh.pod = [&](const Json& ask) {
    if (!refusal.is_null()) return Json{{"problem", refusal}};
    const std::string status = ask.at("pod") == "istiod-1" ? "synced" : canary;
    return Json{{"status", 200},
                {"body", Json::array({{{"id", "c1"}, {"syncStatus", status}}}).dump()}};
  };
  const auto asked = [&] {
    CommandRequest request = mesh.request("verify");
    request.clusters = {"game-gke"};
    request.options = {{"reach", {{"c1", "https://c1.example.com:6443"}}}, {"changed", false}};
    return reached(request, "istio-system", mesh.host());
  };
  CHECK_FALSE(asked().failed);
  canary = "syncing";
  CHECK(asked().failed);
  CHECK_THAT(asked().items[0]["evidence"].get<std::string>(),
             Catch::Contains("istiod-canary-1 says \"syncing\" of c1 at https://c1.example.com"));
  // Who may not forward ports has not failed.
  refusal = {{"code", "forbidden"}, {"message", "no"}};
  CHECK_FALSE(asked().failed);
}

TEST_CASE("serviceentry overview: init keeps the mode, the servers and what stubs stand for") {
  Stubbing mesh;
  const ExtensionPtr overview = make_overview();
  const auto detected = [&] {
    const Json request{{"clusters", {"game-agones", "game-gke"}},
                       {"mesh", to_json(MeshView{.members = mesh.view.members})}};
    return overview->invoke("detect", request, mesh.host());
  };
  CHECK_FALSE(detected()["mesh"].contains("mode"));
  mesh.settle([&] { return mesh.plan("sync", {{"api-server", {"c1=https://elsewhere:6443"}}}); });
  CHECK(detected()["mesh"]["mode"] == "discovery");
  CHECK(detected()["settings"]["servers"] == Json({{"c1", "https://elsewhere:6443"}}));
  CHECK_FALSE(detected().contains("skip"));
  const Json named{
      {"exports", Json::array({{{"cluster", "game-agones"}, {"service", "default/app1"}}})},
      {"servers", {{"c1", "https://elsewhere:6443"}}}};
  mesh.settle([&] { return mesh.plan("sync", Json::object(), named); });
  CHECK(detected()["settings"]["exports"] == named["exports"]);
  SECTION("what is not there any more is not named") {
    mesh.erase("game-agones", k_app);
    CHECK(detected()["settings"]["exports"].empty());
  }
  SECTION("what the planner refuses is skipped, with the reason") {
    Json& secret = *mesh.find("game-gke", "Secret istio-system/istio-remote-secret-c1");
    secret["metadata"]["labels"] = {{"istio/multiCluster", "true"}};
    secret["data"]["c1"] = base64_encode(
        "clusters:\n- cluster:\n    server: https://x\nusers:\n"
        "- user:\n    token: theirs\n");
    CHECK(detected()["skip"] == true);
    CHECK(mesh::test::misfit(detected(), "overview.json", "/definitions/detect/reply").empty());
  }
}

}  // namespace mesh::serviceentry::test
