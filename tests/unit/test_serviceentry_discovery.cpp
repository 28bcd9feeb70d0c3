#include "discovery.hpp"
#include "unit/schema_support.hpp"
#include "unit/serviceentry_support.hpp"

#include "mesh/base64.hpp"

// Remote secrets both ways, equal in what matters to those of istioctl.

namespace mesh::serviceentry::test {

namespace {

constexpr const char* k_token_key =
    "Secret istio-system/istio-reader-service-account-istio-remote-secret-token";

class Discovering : public Mesh {
 public:
  Discovering() {
    view.mode = Mode::discovery;
    hook = [this](const Action& action) {
      if (action.type == ActionType::wait) fill_token(action.cluster);
    };
  }

  void fill_token(const std::string& cluster, const std::string& token = "a.b.c") {
    Json& secret = *find(cluster, k_token_key);
    secret["data"] = {{"token", base64_encode(token + "-" + cluster)},
                      {"ca.crt", base64_encode("-----BEGIN CERTIFICATE-----\n" + cluster)}};
  }

  int sync_all(const Json& options = Json::object(), const Json& settings = Json::object()) {
    return settle([&] { return plan("sync", options, settings); });
  }

  std::string kubeconfig(const std::string& in, const std::string& of) {
    const Json* secret = find(in, "Secret istio-system/istio-remote-secret-" + of);
    REQUIRE(secret != nullptr);
    return base64_decode((*secret)["data"].at(of).get<std::string>());
  }
};

}  // namespace

TEST_CASE("serviceentry discovery: accounts and tokens first, then Secrets both ways") {
  Discovering mesh;
  const Plan first = mesh.plan("sync");
  CHECK(mesh::test::misfit(to_json(first), "plan.json").empty());
  CHECK(first.continues);
  CHECK(mesh.sync_all() > 0);
  CHECK(mesh.kubeconfig("game-gke", "c1") ==
        "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: " +
            base64_encode("-----BEGIN CERTIFICATE-----\ngame-agones") +
            "\n    server: https://c1.example.com:6443\n  name: c1\ncontexts:\n- context:\n"
            "    cluster: c1\n    user: c1\n  name: c1\ncurrent-context: c1\nkind: Config\n"
            "users:\n- name: c1\n  user:\n    token: a.b.c-game-agones\n");
  const Json& secret = *mesh.find("game-agones", "Secret istio-system/istio-remote-secret-c2");
  CHECK(secret["metadata"]["labels"]["istio/multiCluster"] == "true");
  CHECK(secret["metadata"]["annotations"]["networking.istio.io/cluster"] == "c2");
  CHECK(mesh.find("game-agones", "ClusterRoleBinding /kubectl-mesh-istio-reader") != nullptr);
  // A second run writes nothing.
  CHECK(mesh.sync_all() == 0);
}

TEST_CASE("serviceentry discovery: the account of Istio's chart is used as it is") {
  Discovering mesh;
  for (const char* cluster : {"game-agones", "game-gke"}) {
    mesh.put(cluster, {{"apiVersion", "v1"},
                       {"kind", "ServiceAccount"},
                       {"metadata", {{"name", k_reader}, {"namespace", "istio-system"}}}});
    mesh.put(cluster, {{"apiVersion", "rbac.authorization.k8s.io/v1"},
                       {"kind", "ClusterRoleBinding"},
                       {"metadata",
                        {{"name", "istio-reader-clusterrole-istio-system"},
                         {"labels", {{"app", "istio-reader"}}}}},
                       {"subjects", {{{"kind", "ServiceAccount"}, {"name", k_reader}}}}});
  }
  CHECK(mesh.sync_all() == 4);  // two tokens, two remote secrets
  CHECK(mesh.find("game-agones", "ClusterRole /kubectl-mesh-istio-reader") == nullptr);
  // The way back leaves what the chart made.
  mesh.carry_out(mesh.plan("remove"));
  CHECK(mesh.find("game-agones", k_token_key) == nullptr);
  CHECK(mesh.find("game-gke", "Secret istio-system/istio-remote-secret-c1") == nullptr);
  CHECK(mesh.find("game-gke", "ServiceAccount istio-system/istio-reader-service-account") !=
        nullptr);
}

TEST_CASE("serviceentry discovery: server and CA of the operator's choice") {
  Discovering mesh;
  mesh.sync_all({{"api-server", {"c1=https://api.c1.example.com"}}}, {{"ca", "kubeconfig"}});
  CHECK_THAT(mesh.kubeconfig("game-gke", "c1"),
             Catch::Contains("server: https://api.c1.example.com\n") &&
                 Catch::Contains(base64_encode("kube-ca")));
  CHECK_THAT(mesh.kubeconfig("game-agones", "c2"), Catch::Contains("https://c2.example.com:6443"));
  CHECK_THROWS_AS(mesh.plan("sync", {{"api-server", {"c1"}}}), Failure);
  CHECK_THROWS_AS(mesh.plan("sync", Json::object(), {{"ca", "magic"}}), Failure);
  CHECK_THAT(words_of(mesh.plan("sync", Json::object(), {{"ca", "file"}})),
             Catch::Contains("ca-files names no file"));
}

TEST_CASE("serviceentry discovery: a server that the others cannot use") {
  Discovering mesh;
  mesh.sync_all();
  mesh.endpoints["game-agones"]["server"] = "https://127.0.0.1:6443";
  CHECK_THAT(words_of(mesh.plan("sync")),
             Catch::Contains("pods of the other clusters cannot reach it there"));
  mesh.endpoints["game-agones"]["server"] = "http://c1.example.com";
  CHECK_THAT(words_of(mesh.plan("sync")), Catch::Contains("does not speak TLS"));
  mesh.endpoints.erase("game-agones");
  const Plan plan = mesh.plan("sync");
  CHECK_THAT(words_of(plan), Catch::Contains("the address of its API server is not known") &&
                                 Catch::Contains("--api-server c1="));
}

TEST_CASE("serviceentry discovery: a Secret of istioctl's is kept if it says the same") {
  Discovering mesh;
  mesh.sync_all();
  Json& secret = *mesh.find("game-gke", "Secret istio-system/istio-remote-secret-c1");
  secret["metadata"]["labels"] = {{"istio/multiCluster", "true"}};
  CHECK(mesh.sync_all() == 0);
  secret["data"]["c1"] = base64_encode("clusters:\n- cluster:\n    server: https://elsewhere\n");
  CHECK_THAT(words_of(mesh.plan("sync")), Catch::Contains("was not made by kubectl mesh"));
  // One of another name for the same cluster would win or lose by chance.
  mesh.erase("game-gke", "Secret istio-system/istio-remote-secret-c1");
  mesh.put("game-gke", {{"kind", "Secret"},
                        {"metadata",
                         {{"name", "by-hand"},
                          {"namespace", "istio-system"},
                          {"labels", {{"istio/multiCluster", "true"}}}}},
                        {"data", {{"c1", ""}}}});
  CHECK_THAT(words_of(mesh.plan("sync")), Catch::Contains("by-hand leads to c1 already"));
}

TEST_CASE("serviceentry discovery: a token that changed is written; one that left is pruned") {
  Discovering mesh;
  mesh.add_cluster("third", "c3", "n3");
  mesh.sync_all();
  mesh.fill_token("game-agones", "new");
  CHECK(mesh.sync_all() == 2);
  CHECK_THAT(mesh.kubeconfig("third", "c1"), Catch::Contains("token: new-game-agones"));
  CommandRequest leave = mesh.request("remove");
  leave.clusters = {"third"};
  mesh.carry_out(serviceentry::remove(leave, mesh.host()));
  CHECK(mesh.find("game-gke", "Secret istio-system/istio-remote-secret-c3") == nullptr);
  CHECK(mesh.find("third", "Secret istio-system/istio-remote-secret-c1") == nullptr);
  CHECK(mesh.find("game-gke", "Secret istio-system/istio-remote-secret-c1") != nullptr);
}

TEST_CASE("serviceentry discovery: remove leaves the clusters as they were") {
  Discovering mesh;
  const Json before = mesh.objects;
  mesh.sync_all();
  mesh.carry_out(mesh.plan("remove"));
  CHECK(Json(mesh.objects) == before);
}

TEST_CASE("serviceentry discovery: a look ahead writes nothing that Istio's chart makes") {
  Discovering mesh;
  mesh.ahead = true;
  const Plan plan = mesh.plan("sync");
  CHECK(plan.actions.empty());
  CHECK(plan.continues);
  CHECK_THAT(words_of(plan), Catch::Contains("once Istio has made that account"));
}

TEST_CASE("serviceentry discovery: list says how each stands to each") {
  Discovering mesh;
  const auto states = [&] {
    std::set<std::string> all;
    for (const Json& row : list(mesh.request("list"), mesh.host()).items)
      all.insert(row["state"].get<std::string>());
    return all;
  };
  CHECK(states() == std::set<std::string>{"missing"});
  mesh.sync_all();
  CHECK(states() == std::set<std::string>{"in step"});
  mesh.fill_token("game-agones", "new");
  CHECK(states() == std::set<std::string>{"in step", "differs"});
}

TEST_CASE("serviceentry discovery: what istiod would not accept") {
  CHECK_THAT(kubeconfig_fault("users:\n- user:\n    exec:\n"), Catch::Contains("exec"));
  CHECK_THAT(kubeconfig_fault("users:\n- user:\n    tokenFile: /x\n"),
             Catch::Contains("token file"));
  CHECK_THAT(kubeconfig_fault("nonsense"), Catch::Contains("no server"));
  CHECK_THAT(kubeconfig_fault("    server: https://x\n"), Catch::Contains("no token"));
  const RemoteAccess access{"c1", "https://x:6443", "ca", "t"};
  CHECK(kubeconfig_fault(kubeconfig_text(access)).empty());
  CHECK(same_access(read_kubeconfig("c1", kubeconfig_text(access)), access));
  CHECK(is_loopback("https://127.0.0.1:6443"));
  CHECK(is_loopback("https://localhost"));
  CHECK_FALSE(is_loopback("https://10.0.0.1"));
  // A name of digits is a text all the same.
  CHECK_THAT(kubeconfig_text({"17", "https://x", "ca", "t"}), Catch::Contains("name: \"17\""));
}

}  // namespace mesh::serviceentry::test
