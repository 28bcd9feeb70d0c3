#include "unit/certs_support.hpp"

namespace mesh::certs::test {

TEST_CASE("certs remove: ours only, after saying what depends on it; then there is nothing") {
  Clusters clusters;
  for (const char* name : {"a", "b", "c"}) clusters.add(name);
  clusters.apply(clusters.install({"a", "b"}));
  clusters.start_istiod("a");
  const Plan plan = clusters.remove({"a", "b", "c"});
  REQUIRE(plan.actions.size() == 2);
  // `down` takes the namespace that install made, too, where nothing else lives in it.
  const Plan down = clusters.remove({"a", "b", "c"}, Json::object(), true);
  REQUIRE(down.actions.size() == 4);
  CHECK(down.actions[2].target.kind == "Namespace");
  CHECK(down.actions[2].cluster == "b");
  CHECK(down.actions[2].phase > down.actions[1].phase);
  CHECK(down.actions[3].until == Until::gone);
  CHECK(down.actions[3].target.kind == "Namespace");
  // Pods that drain are as good as gone.
  clusters.objects["a"].erase("Deployment istio-system/istiod");
  clusters.objects["a"]["Pod istio-system/istiod-1"]["metadata"] = {
      {"name", "istiod-1"}, {"deletionTimestamp", "2026-11-28T00:00:00Z"}};
  CHECK(clusters.remove({"a"}, Json::object(), true).actions.size() == 3);
  CHECK(plan.actions[0].precondition.at("/metadata/uid") ==
        clusters.secret("a")["metadata"]["uid"]);
  CHECK_THAT(plan.notes.at(0).text,
             Catch::Contains("1 istiod pod signs with this CA and 2 namespaces trust its root"));
  CHECK_THAT(plan.notes.at(1).text, Catch::Contains("no istiod runs here"));
  CHECK_THAT(plan.notes.back().text, Catch::Contains("keeps its root"));
  clusters.apply(plan);
  CHECK(clusters.remove({"a", "b", "c"}).actions.empty());
  CHECK(clusters.files.contains("/root.pem"));
  // And back again, under the same root.
  clusters.apply(clusters.install({"a", "b"}));
  CHECK(clusters.secret_file("a", "root-cert.pem") ==
        certificates(clusters.files.at("/root.pem")).front().pem);
}

TEST_CASE("certs remove: somebody else's Secret stops the whole") {
  Clusters clusters;
  clusters.add("a");
  clusters.apply(clusters.install({"a"}));
  clusters.set_secret("b", set_under(root_pair()), false);
  const Plan plan = clusters.remove({"a", "b"});
  REQUIRE(plan.refusals.size() == 1);
  CHECK(plan.refusals[0].cluster == "b");
}

TEST_CASE("certs remove: needs neither the authority's files nor its passphrase") {
  Clusters clusters;
  clusters.set_secret("a", set_under(root_pair()));
  CHECK(clusters.remove({"a"}, {{"strategy", "pem"}}).actions.size() == 1);
  CHECK(clusters.remove({"a"}, {{"strategy", "gone"}}).actions.size() == 1);
}

TEST_CASE("certs trust: everybody against everybody, and who stands outside") {
  Clusters clusters;
  clusters.add("a");
  clusters.add("b");
  clusters.apply(clusters.install({"a", "b"}));
  const Report good = clusters.trust({"a", "b"});
  CHECK_FALSE(good.failed);
  CHECK(good.items[0]["trustedBy"] == Json{{"a", "yes"}, {"b", "yes"}});
  clusters.set_secret("b", set_under(root_pair()), false);
  clusters.add("c");
  const Report torn = clusters.trust({"a", "b", "c"});
  CHECK(torn.failed);
  CHECK(torn.items[0]["trustedBy"]["a"] == "yes");
  CHECK_THAT(torn.items[0]["trustedBy"]["b"].get<std::string>(), Catch::StartsWith("no: "));
  CHECK_THAT(torn.items[1]["trustedBy"]["c"].get<std::string>(), Catch::Contains("c is"));
  CHECK(torn.columns.size() == 4);
}

TEST_CASE("certs show: who signs whom, each certificate once, and never a key") {
  Clusters clusters;
  clusters.add("a");
  clusters.add("b");
  clusters.apply(clusters.install({"a"}));
  const Report report = clusters.show({"a", "b"});
  REQUIRE(report.items.size() == 2);
  CHECK(report.items[0]["role"] == "signing");
  CHECK(report.items[0]["signedBy"] == report.items[1]["fingerprint"]);
  CHECK(report.items[1]["signedBy"] == "itself");
  CHECK(report.items[0]["daysLeft"] == 365);
  CHECK(report.notes.at(0).text == "Secret istio-system/cacerts is absent");
  CHECK_THAT(to_json(report).dump(), !Catch::Contains("PRIVATE"));

  // Half a set shows its half.
  SigningSet half = set_under(root_pair());
  half.ca_key = {};
  clusters.set_secret("c", half);
  clusters.objects["c"]["Secret istio-system/cacerts"]["data"].erase("ca-key.pem");
  const Report shown = clusters.show({"c"});
  CHECK(shown.items.size() == 2);
  CHECK_THAT(shown.notes.at(0).text, Catch::Contains("half-written: it lacks ca-key.pem"));
}

}  // namespace mesh::certs::test
