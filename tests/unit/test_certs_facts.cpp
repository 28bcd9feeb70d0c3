#include "unit/certs_support.hpp"

// From what an API server answers to facts, and from facts to how a set stands.

namespace mesh::certs::test {

using State = Assessment::State;

namespace {

ClusterAnswers answers(const std::string& secret) {
  ClusterAnswers all;
  all.cluster = "a";
  all.name_space = "istio-system";
  if (!secret.empty()) {
    all.secret.found = true;
    all.secret.object = parse_json(secret, "test");
  }
  return all;
}

State state_of(const SigningSet& set) {
  return assess(facts_with("a", set), present()).state;
}

}  // namespace

TEST_CASE("certs facts: an empty cluster") {
  const ClusterFacts facts = facts_of(answers(""));
  CHECK_FALSE((facts.found || facts.ours || facts.namespace_found || facts.self_signed_secret));
  CHECK(assess(facts, present()).state == State::absent);
}

TEST_CASE("certs facts: the Secret, its times and its owner") {
  const ClusterFacts facts = facts_of(answers(R"({"metadata": {
    "uid": "u1", "creationTimestamp": "2026-01-01T00:00:00Z",
    "labels": {"app.kubernetes.io/managed-by": "kubectl-mesh"},
    "managedFields": [{"time": "2026-02-01T00:00:00Z"}, {"time": "2026-01-15T00:00:00Z"}, {}]},
    "data": {"ca-cert.pem": "YQ==", "ca-key.pem": "", "root-cert.pem": "Yg=="}})"));
  CHECK((facts.found && facts.ours));
  CHECK(facts.uid == "u1");
  CHECK(facts.created == "2026-01-01T00:00:00Z");
  CHECK(facts.changed == "2026-02-01T00:00:00Z");
  CHECK(facts.missing == std::vector<std::string>{"cert-chain.pem", "ca-key.pem"});
  CHECK(facts.set.ca_cert == "a");
}

TEST_CASE("certs facts: shapes that no API server should answer harm nobody") {
  for (const char* text :
       {R"({})", R"({"metadata": 7, "data": []})", R"({"data": {"ca-cert.pem": 7}})",
        R"({"data": {"ca-cert.pem": "%%%"}, "metadata": {"labels": [], "managedFields": {}}})"}) {
    const ClusterFacts facts = facts_of(answers(text));
    CHECK(facts.found);
    CHECK_FALSE(facts.ours);
    CHECK(facts.missing.size() == 4);
  }
}

TEST_CASE("certs facts: a Secret as cert-manager writes it") {
  const SigningSet set = set_under(root_pair());
  const Json data{{"tls.crt", base64(set.ca_cert)},
                  {"tls.key", base64(set.ca_key.reveal())},
                  {"ca.crt", base64(set.root_cert)}};
  const ClusterFacts facts =
      facts_of(answers(Json{{"type", "kubernetes.io/tls"}, {"data", data}}.dump()));
  CHECK(facts.missing.empty());
  CHECK(assess(facts, present()).state == State::valid);
}

TEST_CASE("certs facts: istiod's pods, but not those that are gone") {
  ClusterAnswers all = answers("");
  all.pods.object = parse_json(R"({"items": [
    {"status": {"phase": "Running", "startTime": "2026-01-01T00:00:00Z"},
     "spec": {"containers": [{"env": [{"name": "ISTIO_MULTIROOT_MESH", "value": "true"}]}]}},
    {"status": {"phase": "Failed", "startTime": "2025-01-01T00:00:00Z"}},
    {"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}, "status": {"phase": "Running"}}]})",
                               "test");
  all.istio_namespace = {
      .found = true, .object = {{"status", {{"phase", "Terminating"}}}}, .next = {}, .problem = {}};
  const ClusterFacts facts = facts_of(all);
  REQUIRE(facts.istiod.size() == 1);
  CHECK(facts.istiod[0].multi_root);
  CHECK((facts.namespace_found && facts.namespace_ending));
}

TEST_CASE("certs facts: what could not be read is a problem and nothing else") {
  ClusterAnswers all = answers("");
  all.pods.problem =
      Problem{.code = "forbidden", .message = "no", .hint = {}, .cluster = {}, .object = {}};
  CHECK(facts_of(all).problem->code == "forbidden");
}

TEST_CASE("certs facts: ConfigMaps on many pages are all seen") {
  Clusters clusters;
  clusters.page = 3;
  for (const char* cluster : {"a", "b"}) {
    for (int at = 0; at < (cluster[0] == 'a' ? 10 : 3); ++at) {
      const std::string name_space = "n" + std::to_string(at);
      clusters.objects[cluster]["ConfigMap " + name_space + "/istio-ca-root-cert"] = {
          {"metadata", {{"name", "istio-ca-root-cert"}, {"namespace", name_space}}},
          {"data", {{"root-cert.pem", "x"}}}};
    }
  }
  const auto facts = read_facts(clusters.host(), {.clusters = {"a", "b"}, .depth = Depth::spread});
  CHECK(facts[0].root_config_maps.size() == 10);
  CHECK(facts[1].root_config_maps.size() == 3);
}

TEST_CASE("certs facts: each file that is missing makes the set half-written, by its name") {
  const SigningSet good = set_under(root_pair());
  Json data = secret_object("istio-system", good).at("data");
  const std::string name = GENERATE("ca-cert.pem", "ca-key.pem", "cert-chain.pem", "root-cert.pem");
  if (GENERATE(true, false))
    data.erase(name);
  else
    data[name] = "";
  const ClusterFacts facts = facts_of(answers(Json{{"data", data}}.dump()));
  const Assessment found = assess(facts, present());
  CHECK(found.state == State::incomplete);
  CHECK(in_words(found) == "half-written: it lacks " + name);
  // Its root still says whose it is.
  CHECK(found.roots.empty() == (name == "root-cert.pem"));
}

TEST_CASE("certs facts: how a set stands") {
  const Pair root = root_pair();
  const SigningSet good = set_under(root);
  const auto with = [&](auto change) {
    SigningSet set = good;
    change(set);
    return state_of(set);
  };
  CHECK(state_of(good) == State::valid);
  CHECK(with([](SigningSet& s) { s.root_cert = "x"; }) == State::unreadable);
  CHECK(with([](SigningSet& s) { s.ca_key = SecretText("x"); }) == State::unreadable);
  CHECK(with([](SigningSet& s) { s.ca_cert = s.ca_key.reveal(); }) == State::unreadable);
  CHECK(with([](SigningSet& s) { s.ca_key = make_key("p256").pem; }) == State::mismatched);
  CHECK(with([](SigningSet& s) { s.root_cert = root_pair().certificate; }) == State::mismatched);
  CHECK(with([](SigningSet& s) { s.cert_chain = s.root_cert + s.ca_cert; }) == State::mismatched);
  CHECK(with([](SigningSet& s) { s.cert_chain = s.ca_cert + s.root_cert; }) == State::valid);
  CHECK(with([](SigningSet& s) { s.root_cert += root_pair("Next").certificate; }) == State::valid);
  CHECK(with([](SigningSet& s) { s.root_cert = "text before\n" + s.root_cert; }) == State::valid);

  const Time past = present() - std::chrono::days(400);
  const Pair old_root = root_pair("Root CA", past);
  CHECK(state_of(set_under(old_root, "a", past, 365)) == State::expired);
  CHECK(state_of(set_under(root, "a", present(), 1)) == State::valid);
  const Pair young = root_pair("Root CA", present() + std::chrono::hours(2));
  CHECK(state_of(set_under(young, "a", present() + std::chrono::hours(2))) == State::early);
  const Pair weak = made_by_openssl(std::string("-newkey rsa:1024 -nodes ") + k_ca);
  CHECK(state_of(set_under(weak)) == State::unsafe);
}

TEST_CASE("certs facts: an expired root is named, not only the chain") {
  const Time past = present() - std::chrono::days(100);
  const Pair root = root_pair("Root CA", past, 99);
  const Assessment found = assess(facts_with("a", set_under(root, "a", past, 365)), present());
  CHECK(found.state == State::expired);
  CHECK_THAT(found.why, Catch::Contains("expired on "));
}

TEST_CASE("certs facts: an assessment never says anything of a key") {
  const SigningSet set = set_under(root_pair());
  SigningSet bad = set;
  bad.ca_cert = bad.ca_key.reveal();
  bad.root_cert = "junk " + bad.ca_key.reveal();
  const std::string line = set.ca_key.reveal().substr(30, 40);
  CHECK_THAT(in_words(assess(facts_with("a", bad), present())), !Catch::Contains(line));
}

}  // namespace mesh::certs::test
