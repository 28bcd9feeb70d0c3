#include <fstream>

#include "folder_support.hpp"
#include "kubernetes_versions.hpp"
#include "releases.hpp"
#include "revisions.hpp"
#include "verbs.hpp"
#include <catch2/catch.hpp>

#include "mesh/network_policies.hpp"
#include "mesh/workloads.hpp"

using mesh::CommandRequest;
using mesh::Finding;
using mesh::Json;
using mesh::MeshView;
using mesh::Release;
using mesh::Severity;
using mesh::helm::ClusterFacts;
using mesh::helm::findings_of;
using mesh::helm::releases_of;
using mesh::helm::Wanted;
using mesh::helm::wanted_of;
using mesh::test::problem_of;
using mesh::test::TemporaryFolder;

namespace {

MeshView two_clusters() {
  MeshView view;
  view.members = {{"ctx-a", "a", "net-a"}, {"ctx-b", "b", "net-b"}};
  return view;
}

Wanted wanted(const Json& settings = Json::object(), const Json& options = Json::object()) {
  return wanted_of({.verb = "install",
                    .clusters = {"ctx-a"},
                    .options = options,
                    .settings = settings,
                    .mesh = two_clusters()});
}

std::vector<Release> of_a(const Wanted& what) {
  const MeshView view = two_clusters();
  return releases_of(what, view, view.members[0], {what.revision, what.revision});
}

Json deployment(const char* name, const char* app, int available) {
  return {{"metadata", {{"name", name}, {"namespace", "istio-system"}, {"labels", {{"app", app}}}}},
          {"spec",
           {{"replicas", 1},
            {"template",
             {{"metadata", {{"labels", {{"app", app}}}}},
              {"spec",
               {{"containers",
                 {{{"name", "discovery"},
                   {"image", "example/pilot:1.31.0"},
                   {"env", {{{"name", "CLUSTER_ID"}, {"value", "a"}}}}}}}}}}}}},
          {"status", {{"availableReplicas", available}}}};
}

/// A cluster in which nothing is wrong.
ClusterFacts whole() {
  ClusterFacts facts;
  facts.cluster = "ctx-a";
  facts.name_space = {{"metadata", {{"labels", {{"topology.istio.io/network", "net-a"}}}}}};
  facts.istiods = {deployment("istiod", "istiod", 1)};
  facts.gateways = {deployment("istio-eastwestgateway", "istio-eastwestgateway", 1)};
  facts.gateway_service = {{"metadata",
                            {{"name", "istio-eastwestgateway"},
                             {"namespace", "istio-system"},
                             {"labels", {{"topology.istio.io/network", "net-a"}}}}},
                           {"spec", {{"ports", {{{"port", 15443}}}}}},
                           {"status", {{"loadBalancer", {{"ingress", {{{"ip", "192.0.2.7"}}}}}}}}};
  facts.opened = {{.name_space = "istio-system",
                   .name = "cross-network-gateway",
                   .selector = {{"app", "istio-eastwestgateway"}},
                   .ports = {15443},
                   .hosts = {"*.local"}}};
  facts.mesh_config_map = {{"data", {{"mesh", "trustDomain: cluster.local\nrootNamespace: x\n"}}}};
  facts.mesh_config = {{"trustDomain", "cluster.local"}, {"rootNamespace", "x"}};
  facts.webhook = {{"metadata", {{"name", "istio-sidecar-injector"}}},
                   {"webhooks", {{{"clientConfig", {{"caBundle", "Zm9v"}}}}}}};
  facts.kubernetes = "v1.36.4";
  facts.policies["istio-system"] = {};
  return facts;
}

/// A NetworkPolicy for all pods of the namespace, with these ingress rules.
Json policy(const char* rules) {
  return {{"metadata", {{"name", "shut"}}},
          {"spec", {{"podSelector", Json::object()}, {"ingress", Json::parse(rules)}}}};
}

std::vector<std::string> failures(const ClusterFacts& facts) {
  std::vector<std::string> ids;
  for (const Finding& finding : findings_of({facts}, two_clusters())) {
    if (finding.severity == Severity::failure) ids.push_back(finding.id);
  }
  return ids;
}

}  // namespace

TEST_CASE("a cluster gets base, istiod and gateway, with its own name and network") {
  const std::vector<Release> releases = of_a(wanted());
  REQUIRE(releases.size() == 3);
  CHECK(releases[0].name == "istio-base");
  CHECK(releases[1].values["global"]["multiCluster"]["clusterName"] == "a");
  CHECK(releases[1].values["global"]["network"] == "net-a");
  CHECK(releases[1].values["global"]["meshID"] == "mesh1");
  CHECK(releases[1].values["meshConfig"]["trustDomain"] == "cluster.local");
  CHECK(releases[2].values["networkGateway"] == "net-a");
  CHECK(releases[1].chart.repository == mesh::helm::k_repository);
  CHECK(releases[1].chart.version == mesh::helm::k_version);
}

TEST_CASE("what mesh.yaml says lies on top, and every input changes the fingerprint") {
  const TemporaryFolder folder;
  const std::string file = folder.write("istiod.yaml", "telemetry: {enabled: false}\n");
  const std::string plain = of_a(wanted())[1].inputs;
  const Wanted tuned = wanted({{"values", {{"istiod", {{"global", {{"network", "other"}}}}}}}});
  CHECK(of_a(tuned)[1].values["global"]["network"] == "other");
  CHECK(of_a(tuned)[1].values["global"]["meshID"] == "mesh1");
  CHECK(of_a(tuned)[1].inputs != plain);
  const Wanted with_file = wanted({{"valueFiles", {{"istiod", {file}}}}});
  const std::string before = of_a(with_file)[1].inputs;
  CHECK(before != plain);
  CHECK(of_a(with_file)[0].inputs == of_a(wanted())[0].inputs);
  folder.write("istiod.yaml", "telemetry: {enabled: true}\n");
  CHECK(of_a(with_file)[1].inputs != before);
  CHECK(of_a(wanted())[1].inputs == plain);
}

TEST_CASE("charts come from a repository, a registry or a folder") {
  const Wanted registry =
      wanted({{"charts", "oci://registry.example/charts"}, {"version", "1.30.3"}});
  CHECK(of_a(registry)[1].chart.name == "oci://registry.example/charts/istiod");
  CHECK(of_a(registry)[1].chart.version == "1.30.3");
  const TemporaryFolder folder;
  for (const char* name : {"base", "istiod", "gateway"}) {
    std::filesystem::create_directories(folder.path() / name);
    std::ofstream(folder.path() / name / "Chart.yaml") << "version: 1\n";
  }
  const Wanted local = wanted({{"charts", folder.path().string()}});
  CHECK(of_a(local)[1].chart.name == (folder.path() / "istiod").string());
  CHECK(of_a(local)[1].chart.version.empty());
  const std::string before = of_a(local)[1].inputs;
  std::ofstream(folder.path() / "istiod" / "Chart.yaml") << "version: 2\n";
  CHECK(of_a(local)[1].inputs != before);
}

TEST_CASE("charts and values files that are not there are named") {
  CHECK(problem_of([] {
          of_a(wanted({{"charts", "/nowhere"}}));
        }).message == "no chart base in /nowhere");
  CHECK(problem_of([] {
          of_a(wanted(Json::object(), {{"values-file", {"/nowhere/x.yaml"}}}));
        }).message == "the values file /nowhere/x.yaml cannot be read");
}

TEST_CASE("a revision is part of names and values") {
  const Wanted canary = wanted(Json::object(), {{"revision", "canary"}});
  CHECK(of_a(canary)[1].name == "istiod-canary");
  CHECK(of_a(canary)[1].values["revision"] == "canary");
}

TEST_CASE("each thing that is broken fails its own check and no other") {
  struct Row {
    const char* id;
    void (*break_it)(ClusterFacts&);
  };
  CHECK(failures(whole()).empty());
  const Row row = GENERATE(
      Row{"istio/istiod-ready",
          [](ClusterFacts& f) { f.istiods[0]["status"]["availableReplicas"] = 0; }},
      Row{"istio/one-default-revision", [](ClusterFacts& f) { f.istiods.push_back(f.istiods[0]); }},
      Row{"istio/cluster-name",
          [](ClusterFacts& f) {
            f.istiods[0]["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] =
                "Kubernetes";
          }},
      Row{"istio/trust-domain", [](ClusterFacts& f) { f.mesh_config["trustDomain"] = "other"; }},
      Row{"istio/trust-domain", [](ClusterFacts& f) { f.mesh_unread = "line 2: no YAML"; }},
      Row{"istio/network-label",
          [](ClusterFacts& f) {
            f.name_space = {{"metadata", Json::object()}};
          }},
      Row{"istio/webhook-trusted",
          [](ClusterFacts& f) { f.webhook["webhooks"][0]["clientConfig"]["caBundle"] = ""; }},
      Row{"istio/gateway-ready", [](ClusterFacts& f) { f.gateways[0]["status"] = Json::object(); }},
      Row{"istio/gateway-address",
          [](ClusterFacts& f) { f.gateway_service["status"] = Json::object(); }},
      Row{"istio/kubernetes-version", [](ClusterFacts& f) { f.kubernetes = "v1.26.1"; }},
      Row{"istio/istiod-policies",
          [](ClusterFacts& f) {
            f.policies["istio-system"].push_back(policy(R"([{"ports": [{"port": 15443}]}])"));
          }},
      Row{"istio/gateway-policies",
          [](ClusterFacts& f) {
            f.policies["istio-system"].push_back(policy(R"([{"from": [{"podSelector": {}}]}])"));
          }},
      Row{"istio/gateway-network",
          [](ClusterFacts& f) {
            f.gateway_service["metadata"]["labels"]["topology.istio.io/network"] = "x";
          }},
      Row{"istio/exposes-services", [](ClusterFacts& f) { f.opened.clear(); }});
  ClusterFacts broken = whole();
  row.break_it(broken);
  CHECK(failures(broken) == std::vector<std::string>{row.id});
}

TEST_CASE("a trust domain of another name is the mesh's by an alias") {
  ClusterFacts facts = whole();
  facts.mesh_config = {{"trustDomain", "a.example"},
                       {"trustDomainAliases", {"x", "cluster.local"}}};
  CHECK(failures(facts).empty());
  facts.mesh_config = Json::object();  // istiod's own is cluster.local
  CHECK(failures(facts).empty());
}

TEST_CASE("the version of an image, however it is pinned") {
  CHECK(mesh::image_version("docker.io/istio/pilot:1.31.0") == "1.31.0");
  CHECK(mesh::image_version("docker.io/istio/pilot:1.31.0-distroless") == "1.31.0");
  CHECK(mesh::image_version("docker.io/istio/pilot:1.26.4@sha256:3f1c0a7b") == "1.26.4");
  CHECK(mesh::image_version("localhost:5000/pilot:1.26.4") == "1.26.4");
  CHECK(mesh::image_version("localhost:5000/pilot@sha256:3f1c0a7b").empty());
  CHECK(mesh::image_version("localhost:5000/pilot").empty());
}

TEST_CASE("an Istio is held against the Kubernetes below it") {
  using mesh::helm::version_fit;
  CHECK(version_fit("1.31.0", "v1.32.9-gke.1").severity == Severity::pass);
  CHECK(version_fit("1.31.0-distroless", "v1.36.4").severity == Severity::pass);
  CHECK(version_fit("1.31.0", "v1.27.3").severity == Severity::warning);
  CHECK(version_fit("1.30.2", "v1.37.0").severity == Severity::warning);
  CHECK(version_fit("1.30.2", "v1.37.0").fix.find("take Istio 1.31") == 0);
  CHECK(version_fit("1.25.0", "v1.36.4").severity == Severity::failure);
  CHECK(version_fit("1.25.0", "v1.36.4").fix.find("take Istio 1.31") == 0);
  CHECK(version_fit("1.31.0", "v1.26.0").severity == Severity::failure);
  CHECK(version_fit("1.31.0", "v1.26.0").fix.find("Kubernetes 1.32") != std::string::npos);
  CHECK(version_fit("1.31.0", "v1.40.0").severity == Severity::failure);
  for (const char* tag : {"", "latest", "1.99.0", "sha-12"}) {
    CHECK(version_fit(tag, "v1.36.4").severity == Severity::skipped);
  }
  CHECK(version_fit("1.31.0", "").severity == Severity::skipped);
}

TEST_CASE("NetworkPolicies add up, and name ports by number, range or name") {
  using Who = mesh::PolicySender::Who;
  Json workload = deployment("istiod", "istiod", 1);
  Json& pod = workload["spec"]["template"];
  pod["metadata"]["labels"] = {{"app", "istiod"}};
  pod["spec"]["containers"][0]["ports"] = {{{"name", "tls"}, {"containerPort", 15012}}};
  const auto shut = [&](std::vector<Json> policies, Who who = Who::any) {
    return shut_by(policies, mesh::policy_target(workload, 15012), {.who = who}) == "shut";
  };
  CHECK_FALSE(shut({}));
  CHECK(shut({policy("[]")}));
  CHECK_FALSE(shut({policy("[{}]")}));
  CHECK_FALSE(shut({policy("[]"), policy(R"([{"ports": [{"port": 15012}]}])")}));
  CHECK(shut({policy(R"([{"ports": [{"port": 15012, "protocol": "UDP"}]}])")}));
  CHECK_FALSE(shut({policy(R"([{"ports": [{"port": 15000, "endPort": 15100}]}])")}));
  CHECK_FALSE(shut({policy(R"([{"ports": [{"port": "tls"}]}])")}));
  CHECK(shut({policy(R"([{"ports": [{"port": "http"}]}])")}));
  const Json inside = policy(R"([{"from": [{"namespaceSelector": {}}]}])");
  CHECK_FALSE(shut({inside}));
  CHECK(shut({inside}, Who::outside));
  CHECK_FALSE(shut({policy(R"([{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}])")}, Who::outside));
  Json other = policy("[]");
  other["spec"]["podSelector"]["matchLabels"]["app"] = "other";
  Json egress = policy("[]");
  egress["spec"]["policyTypes"] = {"Egress"};
  CHECK_FALSE(shut({other, egress}));
}

TEST_CASE("versions of Istio may be one minor apart, not two") {
  ClusterFacts other = whole();
  other.cluster = "ctx-b";
  const auto skew = [&](const char* image) {
    other.istiods[0]["spec"]["template"]["spec"]["containers"][0]["image"] = image;
    return findings_of({whole(), other}, two_clusters()).back();
  };
  CHECK(skew("example/pilot:1.30.2").severity == Severity::pass);
  CHECK(skew("example/pilot:1.29.2").severity == Severity::failure);
  CHECK(skew("example/pilot:1.29.2").id == "istio/version-skew");
}
