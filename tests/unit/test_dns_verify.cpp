#include "leftovers.hpp"
#include "strategies.hpp"
#include "unit/dns_support.hpp"
#include "unit/schema_support.hpp"

// What the pods answered is judged: one fault, one failure.

namespace mesh::dns {

using mesh::test::misfit;
using test::Clusters;
using test::finding;

namespace {

struct Installed {
  Installed() {
    clusters.add_coredns("a");
    clusters.export_name("a", "app1.default.global", "240.0.0.2");
    clusters.install_all({"a"});
  }
  std::vector<std::string> failures(const Json& options = Json::object()) {
    std::vector<std::string> ids;
    const Report report = clusters.verify({"a"}, options);
    for (const Json& item : report.items) {
      if (item.at("severity") == "failure") ids.push_back(item.at("id"));
    }
    CHECK(report.failed == !ids.empty());
    return ids;
  }
  Clusters clusters;
};

using Ids = std::vector<std::string>;

/// The coredns strategy, as one that says by what it is to be proven.
class Elsewhere : public DnsStrategy {
 public:
  Extension describe() const override {
    Extension extension = m_coredns->describe();
    if (!forwards) extension.abilities.clear();
    return extension;
  }
  DnsFit fit(const DnsRequest& request, const Host& host) override {
    return strategy().fit(request, host);
  }
  DnsLook look(const DnsRequest& request, const Host& host) override {
    DnsLook look = strategy().look(request, host);
    if (!forwards) look.present = true;
    look.resolvers = resolvers;
    look.unprovable = unprovable;
    return look;
  }
  Plan plan(const DnsRequest& request, const Host& host) override {
    return strategy().plan(request, host);
  }
  Plan remove(const DnsRequest& request, const Host& host) override {
    return strategy().remove(request, host);
  }

  bool forwards = true;
  std::vector<DnsResolver> resolvers{};
  std::string unprovable{};

 private:
  DnsStrategy& strategy() const { return dynamic_cast<DnsStrategy&>(*m_coredns); }
  ExtensionPtr m_coredns = make_coredns();
};

Elsewhere& proven_elsewhere(Clusters& clusters) {
  auto made = std::make_unique<Elsewhere>();
  Elsewhere& strategy = *made;
  clusters.strategies["coredns"] = std::move(made);
  return strategy;
}

Json evidence(const Report& report, const char* row) {
  return finding(report, row, "a").at("evidence");
}

}  // namespace

TEST_CASE("a strategy names the pods that it is proven with") {
  Installed world;
  Elsewhere& strategy = proven_elsewhere(world.clusters);
  strategy.resolvers = {{.name_space = "dns", .labels = "app=bind", .port = 53}};
  CHECK(world.failures() == Ids{"dns/zone-served"});
  CHECK_THAT(evidence(world.clusters.verify({"a"}), "dns/zone-served"),
             Catch::Equals("no pod runs that strategy coredns names: dns/app=bind"));
  world.clusters.objects["a"]["Pod dns/bind-1"] = test::dns_pod("dns", "bind-1", 53);
  CHECK(world.failures().empty());
  const Report report = world.clusters.verify({"a"});
  CHECK(report.notes[0].text ==
        "DNS of the cluster, pod coredns-1: kubernetes.default.svc.cluster.local -> 10.96.0.1");
  CHECK_THAT(report.notes[2].text,
             Catch::Contains("pod bind-1: kubectl-mesh.global -> 192.0.2.53; "));
  world.clusters.deaf = "bind-1";
  CHECK(world.failures() == Ids{"dns/zone-served"});
}

TEST_CASE("one that serves the names itself is asked for them and for nothing else") {
  Installed world;
  Elsewhere& strategy = proven_elsewhere(world.clusters);
  strategy.forwards = false;
  strategy.resolvers = {{.name_space = "dns", .labels = "app=bind", .port = 53}};
  world.clusters.objects["a"]["Pod dns/bind-1"] = test::dns_pod("dns", "bind-1", 53);
  CHECK(world.failures().empty());
  const Report report = world.clusters.verify({"a"});
  CHECK(evidence(report, "dns/zone-served") == "strategy coredns serves the names itself");
  CHECK(evidence(report, "dns/alias-answers") == "app1.default.global -> 240.0.0.2, 1 answer");
  CHECK(report.notes.back().text.find(" kubectl-mesh.global ") == std::string::npos);
}

TEST_CASE("a strategy that cannot be proven is not, and that is said") {
  Clusters clusters;
  clusters.add_coredns("a");
  clusters.export_name("a", "app1.default.global", "240.0.0.2");
  proven_elsewhere(clusters).unprovable = "the zone is in Route 53";
  clusters.install_all({"a"});
  const Report report = clusters.verify({"a"});
  CHECK_FALSE(report.failed);
  for (const char* row : {"dns/zone-served", "dns/server-answers"}) {
    INFO(row);
    CHECK(finding(report, row, "a").at("severity") != "failure");
  }
  CHECK(evidence(report, "dns/zone-served") == "cannot be proven: the zone is in Route 53");
  CHECK(evidence(report, "dns/cluster-names") == "2 answers: 10.96.0.1");
  CHECK(report.notes[0].text.find("kubectl-mesh.global") == std::string::npos);
}

TEST_CASE(
    "an installation says what it will not be proven by, and asks for the rights of the rest") {
  Installed world;
  Elsewhere& strategy = proven_elsewhere(world.clusters);
  strategy.unprovable = "the zone is in Route 53";
  strategy.resolvers = {{.name_space = "dns", .labels = "app=bind", .port = 53}};
  world.clusters.export_name("a", "app2.default.global", "240.0.0.3");
  const Plan plan = world.clusters.install({"a"});
  CHECK(std::any_of(plan.notes.begin(), plan.notes.end(), [](const Note& note) {
    return note.text == "global cannot be proven: the zone is in Route 53";
  }));
  REQUIRE(plan.actions.back().type == ActionType::prove);
  CHECK(plan.actions.back().needs.back() ==
        NeededRight{"create", {"v1", "Pod", "dns", ""}, "portforward"});
}

TEST_CASE("verify asks every pod and prints the walk") {
  Installed world;
  const Report report = world.clusters.verify({"a"});
  CHECK(misfit(to_json(report), "report.json") == "");
  CHECK_FALSE(report.failed);
  REQUIRE(report.notes.size() == 3);
  CHECK_THAT(report.notes[0].text,
             Catch::StartsWith("DNS of the cluster, pod coredns-1: "
                               "kubernetes.default.svc.cluster.local -> 10.96.0.1; "
                               "kubectl-mesh.global -> 192.0.2.53; "));
  CHECK_THAT(
      report.notes[0].text,
      Catch::Contains("; app1.default.global -> 240.0.0.2; app1.default.global AAAA -> no data; "
                      "not-exported.kubectl-mesh.global -> NXDOMAIN"));
  CHECK_THAT(report.notes[2].text,
             Catch::StartsWith("name server of the mesh, pod kubectl-mesh-dns-1: "));
  CHECK(finding(report, "dns/stub-target", "a").at("evidence") == "global is sent to 10.96.77.7");
  CHECK(finding(report, "dns/alias-answers", "a").at("evidence") ==
        "app1.default.global -> 240.0.0.2, 2 answers");
}

TEST_CASE("each fault fails its own row") {
  Installed world;
  Clusters& clusters = world.clusters;
  SECTION("none") {
    CHECK(world.failures().empty());
  }
  SECTION("the cluster's names") {
    clusters.cluster_names = false;
    CHECK(world.failures() == Ids{"dns/cluster-names"});
  }
  SECTION("a deaf pod of the cluster") {
    clusters.deaf = "coredns-2";
    CHECK(world.failures() == Ids{"dns/cluster-names", "dns/zone-served"});
    CHECK(world.failures({{"objects-only", true}}).empty());
  }
  SECTION("a deaf name server") {
    clusters.deaf = "kubectl-mesh-dns-1";
    CHECK(world.failures() == Ids{"dns/server-answers"});
  }
  SECTION("somebody took the block out") {
    clusters.object("a", "ConfigMap kube-system/coredns")["data"]["Corefile"] = test::k_corefile;
    CHECK(world.failures() == Ids{"dns/stub-present"});
  }
  SECTION("the zone is old") {
    clusters.export_name("a", "app2.default.global", "240.0.0.3");
    const Ids ids = world.failures();
    CHECK(std::find(ids.begin(), ids.end(), "dns/zone-current") != ids.end());
    CHECK(std::find(ids.begin(), ids.end(), "dns/zone-newest") != ids.end());
  }
  SECTION("the name server has no pod") {
    clusters.object("a", "Deployment istio-system/kubectl-mesh-dns")["status"] = Json::object();
    CHECK(world.failures() == Ids{"dns/server-ready"});
  }
  SECTION("no DNS pod at all") {
    clusters.objects["a"].erase("Pod kube-system/coredns-1");
    clusters.objects["a"].erase("Pod kube-system/coredns-2");
    CHECK(world.failures() == Ids{"dns/cluster-names"});
  }
  SECTION("nothing is to be there") {
    CHECK(world.failures({{"gone", true}}) == Ids{"dns/zone-gone"});
  }
}

TEST_CASE("the check contributes the same rows") {
  Installed world;
  const auto check = make_check();
  const Json reply = check->invoke(
      "run", {{"clusters", {"a"}}, {"mesh", to_json(world.clusters.mesh)}}, world.clusters.host());
  CHECK(misfit(reply, "check.json", "/definitions/run/reply") == "");
  CHECK(reply.at("items") == world.clusters.verify({"a"}).items);
}

TEST_CASE("many names are asked for by five, spread over all") {
  Installed world;
  for (int index = 10; index < 40; ++index)
    world.clusters.export_name("a", "s" + std::to_string(index) + ".default.global",
                               "240.0.1." + std::to_string(index));
  world.clusters.install_all({"a"});
  const auto answers = [&](const Json& options) {
    return finding(world.clusters.verify({"a"}, options), "dns/alias-answers", "a")
        .at("evidence")
        .get<std::string>();
  };
  CHECK_THAT(answers(Json::object()), Catch::EndsWith("10 answers"));
  CHECK_THAT(answers({{"all", true}}), Catch::EndsWith("62 answers"));
}

TEST_CASE("show and overview say what is there") {
  Installed world;
  world.clusters.add_kube_dns("k", "{\"global\":[\"10.96.9.9\"]}");
  world.clusters.objects["k"]["Deployment istio-system/istiocoredns"] = {{"kind", "Deployment"}};
  const Report shown = show(world.clusters.request("show", {"a", "k"}), world.clusters.host());
  CHECK(misfit(to_json(shown), "report.json") == "");
  REQUIRE(shown.items.size() == 2);
  CHECK(shown.items[0].at("where") == "ConfigMap kube-system/coredns");
  CHECK(shown.items[0].at("target") == "10.96.77.7");
  CHECK(shown.items[0].at("nameCount") == 1);
  CHECK(shown.items[1].at("strategy") == "kube-dns");
  CHECK(shown.items[1].at("where") == "not installed");

  const auto overview = make_overview();
  const Json request{{"clusters", {"a", "k"}}, {"mesh", to_json(world.clusters.mesh)}};
  const Json detected = overview->invoke("detect", request, world.clusters.host());
  CHECK(misfit(detected, "overview.json", "/definitions/detect/reply") == "");
  CHECK(detected.at("settings") == Json{{"strategy", "auto"}});
  CHECK_THAT(
      detected.at("comments").at("strategy").get<std::string>(),
      Catch::StartsWith("a: coredns (CoreDNS reads ConfigMap kube-system/coredns); k: kube-dns"));
  CHECK_THAT(detected.at("notes").dump(), Catch::Contains("istiocoredns runs in istio-system"));
  CHECK_THAT(detected.at("notes").dump(),
             Catch::Contains("sends global to 10.96.9.9, which is no Service any more"));
  const Json status = overview->invoke("status", request, world.clusters.host());
  CHECK(misfit(status, "overview.json", "/definitions/status/reply") == "");
  CHECK(status.at("rows")[0].at("answer") == "app1.default.global -> 240.0.0.2");
  CHECK(status.at("rows")[1].at("answer") == "not installed");
}

TEST_CASE("what dns/1 says on the wire fits its schema, and a stranger's nonsense is his fault") {
  Clusters clusters;
  clusters.add_coredns("a");
  const DnsRequest request =
      request_for(read_facts(clusters.host(), {"a"}, "istio-system", Depth::objects).front(),
                  "global", Json::object());

  struct Recorder : DnsStrategy {
    Extension describe() const override { return {}; }
    DnsFit fit(const DnsRequest& asked, const Host&) override {
      seen = asked;
      return {.score = 5, .why = "it is asked", .hint = "h"};
    }
    DnsLook look(const DnsRequest&, const Host&) override {
      return {.present = true, .targets = {"10.0.0.1"}, .where = "ConfigMap x/y"};
    }
    Plan plan(const DnsRequest&, const Host&) override {
      Plan made;
      made.title = "t";
      return made;
    }
    Plan remove(const DnsRequest&, const Host&) override { return {}; }
    DnsRequest seen;
  };
  auto recorder = std::make_unique<Recorder>();
  Recorder& strategy = *recorder;
  clusters.strategies["recorder"] = std::move(recorder);
  const Host host = clusters.host();
  const DnsClient client("recorder", host);
  CHECK(client.fit(request).score == 5);
  CHECK(client.look(request).targets == std::vector<std::string>{"10.0.0.1"});
  CHECK(client.plan(request).title == "t");
  CHECK(strategy.seen.objects == request.objects);
  CHECK(strategy.seen.names == request.names);
  CHECK(strategy.seen.cluster_domain == "cluster.local");
  for (const char* verb : {"fit", "look", "plan", "remove"}) {
    const Json reply = strategy.invoke(verb, {{"cluster", "a"}, {"suffix", "global"}}, host);
    CHECK(misfit(reply, "dns.json", std::string("/definitions/") + verb + "/reply") == "");
  }

  struct Nonsense : ExtensionPoint {
    Extension describe() const override { return {}; }
    Json invoke(std::string_view, const Json&, const Host&) override { return {{"score", "much"}}; }
  };
  clusters.strategies["nonsense"] = std::make_unique<Nonsense>();
  CHECK(test::problem_of([&] { DnsClient("nonsense", host).fit(request); }).code == "plugin-fault");
}

}  // namespace mesh::dns
