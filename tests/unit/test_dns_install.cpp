#include <algorithm>

#include "choose.hpp"
#include "server.hpp"
#include "stub_domains.hpp"
#include "unit/dns_support.hpp"
#include "unit/schema_support.hpp"

// Plans from clusters: what is written, that a second run writes nothing, that a removal leaves
// what was there, and what is refused.

namespace mesh::dns {

using mesh::test::misfit;
using test::Clusters;
using test::problem_of;

namespace {

std::string config_map_text(Clusters& clusters, const char* key) {
  return clusters.object("a", "ConfigMap istio-system/kubectl-mesh-dns")["data"][key];
}

std::vector<std::string> refusals(const Plan& plan) {
  std::vector<std::string> texts;
  for (const Problem& refusal : plan.refusals)
    texts.push_back(refusal.message + " | " + refusal.hint);
  return texts;
}

bool has_note(const Plan& plan, const std::string& part) {
  return std::any_of(plan.notes.begin(), plan.notes.end(),
                     [&](const Note& note) { return note.text.find(part) != std::string::npos; });
}

const Action* first_of(const Plan& plan, ActionType type) {
  const auto row = std::find_if(plan.actions.begin(), plan.actions.end(),
                                [&](const Action& action) { return action.type == type; });
  return row == plan.actions.end() ? nullptr : &*row;
}

}  // namespace

TEST_CASE("a cluster with CoreDNS: the name server first, then the block, proven") {
  Clusters clusters;
  clusters.add_coredns("a");
  clusters.export_name("a", "app1.default.global", "240.0.0.2");
  const Plan first = clusters.install({"a"});
  CHECK(misfit(to_json(first), "plan.json") == "");
  CHECK(first.continues);
  CHECK(has_note(first, "strategy coredns, auto: CoreDNS reads ConfigMap kube-system/coredns"));
  CHECK(has_note(first, "real top-level domain"));
  CHECK(first_of(first, ActionType::edit) == nullptr);
  CHECK(first_of(first, ActionType::wait)->pointer == "/spec/clusterIP");
  clusters.apply(first);

  const Plan second = clusters.install({"a"});
  CHECK(misfit(to_json(second), "plan.json") == "");
  CHECK_FALSE(second.continues);
  REQUIRE(second.actions.size() == 2);
  const Action& edit = second.actions[0];
  CHECK(edit.type == ActionType::edit);
  CHECK(to_string(edit.target) == "ConfigMap kube-system/coredns");
  CHECK(edit.precondition == Json{{"/data/Corefile", test::k_corefile}});
  const Action& proof = second.actions[1];
  CHECK(proof.type == ActionType::prove);
  CHECK(proof.revert);
  CHECK(proof.phase == edit.phase);
  CHECK(proof.extension == "command/1:dns");
  CHECK(proof.request.at("clusters") == Json{"a"});
  clusters.apply(second);
  CHECK(clusters.corefile("a") == std::string(test::k_corefile) +
                                      "\n# BEGIN kubectl-mesh\nglobal:53 {\n    errors\n    cache "
                                      "30\n    forward . 10.96.77.7\n}\n# END kubectl-mesh\n");
  CHECK_THAT(config_map_text(clusters, "zone"),
             Catch::Contains("app1.default.global. 30 IN A 240.0.0.2"));
  CHECK(
      clusters.object("a", "Deployment istio-system/kubectl-mesh-dns")["spec"]["template"]["spec"]
                                                                      ["containers"][0]["image"] ==
      "registry.k8s.io/coredns/coredns:v1.11.3");

  CHECK(clusters.install({"a"}).actions.empty());
  CHECK_FALSE(clusters.verify({"a"}).failed);
}

TEST_CASE("a new export changes our own ConfigMap and nothing of the cluster's") {
  Clusters clusters;
  clusters.add_coredns("a");
  clusters.install_all({"a"});
  clusters.export_name("a", "app1.default.global", "240.0.0.2");
  CHECK(clusters.verify({"a"}).failed);
  const Plan plan = clusters.install({"a"});
  CHECK(first_of(plan, ActionType::edit) == nullptr);
  REQUIRE(first_of(plan, ActionType::prove) != nullptr);
  CHECK_FALSE(first_of(plan, ActionType::prove)->revert);
  clusters.apply(plan);
  CHECK_FALSE(clusters.verify({"a"}).failed);
}

TEST_CASE("install and remove leave every cluster as it was") {
  Clusters clusters;
  const auto kind = GENERATE(0, 1, 2, 3, 4, 5);
  if (kind == 0) clusters.add_coredns("a");
  if (kind == 1)
    clusters.add_coredns("a", ".:53 {\r\n    kubernetes cluster.local\r\n    reload\r\n}");
  if (kind == 2) clusters.add_custom("a");
  if (kind == 3) clusters.add_custom("a", false);
  if (kind == 4) clusters.add_kube_dns("a");
  if (kind == 5) clusters.add_kube_dns("a", "{ \"corp.example\": [\"10.1.1.1\"] }");
  clusters.export_name("a", "app1.default.global", "240.0.0.2");
  INFO(kind);
  const auto before = clusters.objects["a"];
  const int writes = clusters.install_all({"a"});
  CHECK(writes == 4);
  CHECK_FALSE(clusters.verify({"a"}).failed);
  CHECK(clusters.install_all({"a"}) == 0);

  const Plan plan = remove(clusters.request("remove", {"a"}), clusters.host());
  CHECK(misfit(to_json(plan), "plan.json") == "");
  CHECK(has_note(plan, "not found any more by workloads here: 1, app1.default.global among them"));
  CHECK(clusters.apply(plan) == 4);
  auto after = clusters.objects["a"];
  // The API server drops maps that have become empty.
  for (auto& [key, object] : after) {
    if (object.value("data", Json()) == Json::object()) object.erase("data");
    if (object["metadata"].value("annotations", Json()) == Json::object())
      object["metadata"].erase("annotations");
  }
  CHECK(after == before);
  CHECK(remove(clusters.request("remove", {"a"}), clusters.host()).actions.empty());
}

TEST_CASE("auto takes what fits best and says why") {
  Clusters clusters;
  clusters.add_custom("custom");
  clusters.add_kube_dns("kube");
  clusters.add_coredns("proxy");
  clusters.objects["proxy"]["ConfigMap istio-system/istio"] = {
      {"metadata", {{"namespace", "istio-system"}, {"name", "istio"}}},
      {"data",
       {{"mesh", "defaultConfig:\n  proxyMetadata:\n    ISTIO_META_DNS_CAPTURE: \"true\"\n"}}}};
  CHECK(has_note(
      clusters.install({"custom"}),
      "strategy coredns-custom, auto: CoreDNS imports ConfigMap kube-system/coredns-custom"));
  CHECK(
      has_note(clusters.install({"kube"}), "strategy kube-dns, auto: kube-dns reads stub domains"));
  CHECK(clusters.install({"proxy"}).actions.empty());
  CHECK(test::finding(clusters.verify({"proxy"}), "dns/fits", "proxy").at("evidence") ==
        "istio-proxy, auto: its sidecars answer DNS themselves");
  // What is there already stays.
  clusters.install_all({"custom"}, {{"strategy", "coredns"}});
  CHECK(clusters.install({"custom"}).actions.empty());
  CHECK_THAT(
      refusals(clusters.install({"custom"}, {{"strategy", "coredns-custom"}})).at(0),
      Catch::Contains("strategy coredns is at work in ConfigMap kube-system/coredns already"));
  CHECK_THAT(problem_of([&] {
               clusters.install({"custom"}, {{"strategy", "bind"}});
             }).hint,
             Catch::Contains("auto, coredns, coredns-custom, istio-proxy, kube-dns"));
}

TEST_CASE("istio-proxy names the setting that it takes and writes nothing") {
  Clusters clusters;
  clusters.add_coredns("a");
  const Plan plan = clusters.install({"a"}, {{"strategy", "istio-proxy"}});
  CHECK(plan.actions.empty());
  CHECK(has_note(plan, "meshConfig.defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE=\"true\""));
  const Report report = clusters.verify({"a"}, {{"strategy", "istio-proxy"}});
  CHECK(report.failed);
  CHECK(test::finding(report, "dns/stub-present", "a").at("severity") == "failure");
}

TEST_CASE("where others write the objects, the supported way is named and nothing is planned") {
  Clusters clusters;
  clusters.add_coredns("a");
  Json& config = clusters.object("a", "ConfigMap kube-system/coredns");
  Json node{{"kind", "Node"}, {"metadata", {{"name", "node-1"}}}};
  std::string way;
  switch (GENERATE(range(0, 8))) {
    case 0:
      config["metadata"]["managedFields"] = {{{"manager", "eks"}}};
      way = "--addon-name coredns";
      break;
    case 1:
      config["metadata"]["labels"]["addonmanager.kubernetes.io/mode"] = "Reconcile";
      way = "istio-proxy";
      break;
    case 2:
      config["metadata"]["labels"]["objectset.rio.cattle.io/hash"] = "x";
      config["metadata"]["annotations"]["objectset.rio.cattle.io/owner-gvk"] =
          "k3s.cattle.io/v1, Kind=Addon";
      way = "istio-proxy";  // no ConfigMap coredns-custom is imported here
      break;
    case 3:
      config["metadata"]["annotations"]["meta.helm.sh/release-name"] = "rke2-coredns";
      way = "HelmChartConfig";
      break;
    case 4:
      clusters.objects["a"]["DaemonSet kube-system/node-local-dns"] = Json::object();
      way = "stubDomains of ConfigMap kube-system/kube-dns";
      break;
    case 5:
      clusters.objects["a"]["DNS /default"] = {{"kind", "DNS"}};
      way = "dns.operator/default";
      break;
    case 6:
      node["metadata"]["name"] = "gk3-pool-1";
      node["spec"]["providerID"] = "gce://p/z/n";
      way = "Cloud DNS private zone";
      break;
    default:
      node["spec"]["providerID"] = "gce://p/z/n";
      clusters.object("a", "Deployment kube-system/coredns")["spec"]["replicas"] = 0;
      way = "Cloud DNS private zone";
      break;
  }
  clusters.objects["a"]["Node /node-1"] = node;
  const Plan plan = clusters.install({"a"});
  INFO(way);
  CHECK(plan.actions.empty());
  REQUIRE(plan.refusals.size() == 1);
  CHECK(plan.refusals[0].code == "refused");
  CHECK(plan.refusals[0].cluster == "a");
  CHECK_THAT(plan.refusals[0].hint, Catch::Contains(way));
  CHECK(refusals(clusters.install({"a"}, {{"strategy", "coredns"}})).size() == 1);
  CHECK(refusals(clusters.install({"a"}, {{"strategy", "istio-proxy"}})).empty());
}

TEST_CASE(
    "a zone that somebody serves, or a file that is broken, is refused before anything is "
    "written") {
  const auto row = GENERATE(values<std::pair<const char*, const char*>>({
      {"global:53 {\n    forward . 10.96.0.99\n}\n", "serves global already, line 1 (global:53)"},
      {".:53 {\n    forward global 10.96.0.99\n}\n", "line 2 (forward global 10.96.0.99)"},
      {".:53 {\n    errors\n", "ConfigMap kube-system/coredns, line 2: "},
      {".:53\nerrors\n", "without braces"},
      {".:53 {\n}\n# BEGIN kubectl-mesh\n", "do not fit together"},
  }));
  Clusters clusters;
  clusters.add_coredns("a", row.first);
  const Plan plan = clusters.install({"a"});
  CHECK(plan.actions.empty() == !plan.refusals.empty());
  CHECK_FALSE(plan.continues);
  CHECK_THAT(refusals(plan).at(0), Catch::Contains(row.second));

  Clusters kube;
  kube.add_kube_dns("a", "{\"global\":[\"10.96.0.99\"]}");
  CHECK_THAT(refusals(kube.install({"a"})).at(0),
             Catch::Contains("sends global to 10.96.0.99 already"));
  Clusters custom;
  custom.add_custom("a");
  custom.object("a", "ConfigMap kube-system/coredns-custom")["data"]["x.server"] = "global {\n}\n";
  CHECK_THAT(refusals(custom.install({"a"})).at(0), Catch::Contains("x.server of ConfigMap"));
}

TEST_CASE("what CoreDNS would not start with is refused before anything is written") {
  const char* custom_block =
      ".:53 {\n    errors\n    cache 30\n    import custom/*.override\n}\n"
      "import custom/*.server\n";
  struct Row {
    const char* key;
    const char* text;
    const char* fault;  ///< nullptr: it starts
  };
  const auto row = GENERATE(values<Row>({
      {"corp.server", "corp.example:53 {\n    forward . 10.9.9.9\n",
       "key corp.server of ConfigMap"},
      {"corp.server", "corp.example {\n}\n}\n", "line 3: a closing brace without an opening one"},
      {"root.server", ".:53 {\n    forward . 10.9.9.9\n}\n",
       "line 1: .:53 is served already (ConfigMap kube-system/coredns, line 1)"},
      {"root.server", "dns://. {\n    forward . 10.9.9.9\n}\n", "dns://. is served already"},
      {"root.server", ". {\n    bind 10.0.0.1\n}\n", nullptr},
      {"corp.server", "a.example:53 {\n}\nA.example. {\n}\n",
       "line 3: A.example. is served already"},
      {"corp.server", "a.example:53 {\n}\na.example:54 {\n}\n", nullptr},
      {"corp.server", "a.example {\n    cache 1\n    log\n    cache 2\n}\n",
       "line 4: the plugin cache is in the same server block already"},
      {"corp.server", "a.example {\n    forward . 1.1.1.1\n    forward b 1.1.1.1\n}\n", nullptr},
      {"more.override", "cache 60\n",
       "key more.override of ConfigMap kube-system/coredns-custom, "
       "line 1: the plugin cache is in the same server block"},
      {"more.override", "log\nhosts {\n    10.0.0.1 a\n", "line 4: a brace is missing at the end"},
      {"more.override", "log\n", nullptr},
      {"notes.txt", "what { is not read", nullptr},
  }));
  CAPTURE(row.key, row.text);
  Clusters clusters;
  clusters.add_custom("a");
  clusters.object("a", "ConfigMap kube-system/coredns")["data"]["Corefile"] = custom_block;
  Json& keys = clusters.object("a", "ConfigMap kube-system/coredns-custom")["data"];
  keys = {{row.key, row.text}};
  // Whichever of the two places we write to.
  for (const char* strategy : {"coredns-custom", "coredns"}) {
    CAPTURE(strategy);
    const Plan plan = clusters.install({"a"}, {{"strategy", strategy}});
    const std::vector<std::string> said = refusals(plan);
    if (row.fault == nullptr) {
      CHECK(said == std::vector<std::string>{});
    } else {
      REQUIRE(said.size() == 1);
      CHECK_THAT(said.front(), Catch::Contains(row.fault));
      CHECK(plan.actions.empty());
    }
  }
}

TEST_CASE(
    "our block is taken out of a file that is broken elsewhere; broken marks are not touched") {
  Clusters clusters;
  clusters.add_coredns("a");
  clusters.install_all({"a"});
  Json& text = clusters.object("a", "ConfigMap kube-system/coredns")["data"]["Corefile"];
  const std::string broken = text.get<std::string>() + "open {\n";
  text = broken;
  const auto planned = [&] { return remove(clusters.request("remove", {"a"}), clusters.host()); };
  const Plan plan = planned();
  REQUIRE(first_of(plan, ActionType::edit) != nullptr);
  CHECK(first_of(plan, ActionType::edit)->patch[0].at("value") ==
        std::string(test::k_corefile) + "open {\n");
  text = broken + "# BEGIN kubectl-mesh\n";
  CHECK_THAT(refusals(planned()).at(0), Catch::Contains("do not fit together"));
}

TEST_CASE("bad wishes are refused") {
  Clusters clusters;
  clusters.add_coredns("a");
  clusters.mesh.suffix = "cluster.local";
  CHECK(problem_of([&] { clusters.install({"a"}); }).code == "invalid-input");
  clusters.mesh.suffix = "global";
  CHECK(problem_of([&] {
          clusters.install({"a"}, {{"istio-namespace", "A/b"}});
        }).code == "invalid-input");
  CHECK_THAT(problem_of([&] {
               install(clusters.request("install", {"a"}, Json::object(), {{"replica", 3}}),
                       clusters.host());
             }).message,
             Catch::Contains("nothing reads the setting \"replica\""));
  clusters.unreadable = "a";
  CHECK(clusters.install({"a"}).refusals.at(0).code == "unreachable");
  clusters.unreadable.clear();
  clusters.mesh.mode = Mode::discovery;
  CHECK(clusters.install({"a"}).actions.empty());
  CHECK_FALSE(clusters.verify({"a"}).failed);
}

TEST_CASE("mode discovery takes out what mode alias has left") {
  Clusters clusters;
  clusters.add_coredns("a");
  clusters.install_all({"a"});
  REQUIRE(clusters.corefile("a") != test::k_corefile);
  clusters.mesh.mode = Mode::discovery;
  CHECK(clusters.install_all({"a"}) > 0);
  CHECK(clusters.corefile("a") == test::k_corefile);
  CHECK(clusters.install({"a"}).actions.empty());
  clusters.unreadable = "a";
  const Plan unseen = clusters.install({"a"});
  CHECK(unseen.refusals.empty());
  CHECK_THAT(unseen.notes.back().text, Catch::StartsWith("whether mode alias has left a zone"));
}

TEST_CASE("a CoreDNS that does not reload is restarted before it is proven") {
  Clusters clusters;
  clusters.add_coredns("a", ".:53 {\n    kubernetes cluster.local\n}\n");
  clusters.apply(clusters.install({"a"}));
  const Plan plan = clusters.install({"a"});
  REQUIRE(plan.actions.size() == 3);
  CHECK(plan.actions[1].type == ActionType::restart);
  CHECK(to_string(plan.actions[1].target) == "Deployment kube-system/coredns");
  CHECK(plan.actions[2].type == ActionType::prove);
}

TEST_CASE("the stub follows the name server, and a new suffix takes the old one's place") {
  Clusters clusters;
  clusters.add_coredns("a");
  clusters.add_kube_dns("k", "{\"corp.example\":[\"10.1.1.1\"]}");
  clusters.install_all({"a", "k"});
  clusters.mesh.suffix = "mesh.internal";
  clusters.install_all({"a", "k"});
  CHECK_THAT(clusters.corefile("a"), Catch::Contains("\nmesh.internal:53 {"));
  CHECK_THAT(clusters.corefile("a"), !Catch::Contains("global"));
  CHECK(*clusters.stubs("k") ==
        "{\"corp.example\":[\"10.1.1.1\"],\"mesh.internal\":[\"10.96.77.7\"]}");
  // The Service was made anew.
  clusters.object("a", "Service istio-system/kubectl-mesh-dns")["spec"]["clusterIP"] = "10.96.88.8";
  CHECK(test::finding(clusters.verify({"a"}), "dns/stub-target", "a").at("severity") == "failure");
  REQUIRE(clusters.install({"a"}).actions.size() == 2);
  clusters.apply(remove(clusters.request("remove", {"k"}), clusters.host()));
  CHECK(*clusters.stubs("k") == "{\"corp.example\":[\"10.1.1.1\"]}");
}

TEST_CASE("a strategy whose plugin failed blocks nobody but who named it") {
  Problem fault;
  fault.code = "refused";
  fault.message = "plugin corp is not trusted";
  fault.hint = "trust it";
  fault.plugin = "corp";
  const Opinion good{.name = "coredns",
                     .forwards = true,
                     .fit = {.score = 60, .why = "w", .hint = ""},
                     .look = {}};
  const Opinion bad{.name = "corp", .forwards = true, .fit = {}, .look = {}, .problem = fault};
  for (const char* name : {"auto", "coredns"}) {
    const Choice choice = choose("a", name, {bad, good});
    CHECK(choice.name == "coredns");
    std::vector<Note> notes;
    note_left_out(notes, choice);
    note_left_out(notes, choose("b", name, {good, bad}));
    REQUIRE(notes.size() == 1);
    CHECK(notes.front().text == "strategy corp is left out: plugin corp is not trusted; trust it");
  }
  CHECK(problem_of([&] { choose("a", "corp", {bad, good}); }).message == fault.message);
}

}  // namespace mesh::dns
