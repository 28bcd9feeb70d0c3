#include "decide.hpp"
#include "unit/certs_support.hpp"

// facts -> plan, for every state that a cluster can be found in; and the whole way through the
// strategies, on clusters in memory.

namespace mesh::certs::test {

namespace {

const Pair& shared_root() {
  static const Pair root = root_pair();
  return root;
}

Decision decided(const ClusterFacts& facts) {
  return decide({facts}, certificates(shared_root().certificate), present());
}

enum class Fate { kept, written, refused };

Fate fate(const ClusterFacts& facts) {
  const Decision decision = decided(facts);
  CHECK((decision.wanted.empty() || decision.refusals.empty()));
  if (!decision.refusals.empty()) return Fate::refused;
  return decision.wanted.empty() ? Fate::kept : Fate::written;
}

ClusterFacts ours(const std::string& cluster = "a") {
  return facts_with(cluster, set_under(shared_root(), cluster));
}

ClusterFacts not_ours(ClusterFacts facts) {
  facts.ours = false;
  return facts;
}

ClusterFacts lacking(ClusterFacts facts, std::string SigningSet::*part, const char* name) {
  (facts.set.*part).clear();
  facts.missing = {name};
  return facts;
}

std::string refusal_of(const ClusterFacts& facts) {
  const Decision decision = decided(facts);
  REQUIRE(decision.refusals.size() == 1);
  CHECK(decision.refusals[0].code == "refused");  // exit 4
  CHECK(!decision.refusals[0].hint.empty());
  CHECK(decision.refusals[0].cluster == facts.cluster);
  return decision.refusals[0].message;
}

}  // namespace

TEST_CASE("certs install: what is there decides") {
  ClusterFacts nothing;
  nothing.cluster = "a";
  CHECK(fate(nothing) == Fate::written);
  CHECK(fate(ours()) == Fate::kept);
  CHECK(fate(not_ours(ours())) == Fate::kept);  // the same root: whoever wrote it

  // Broken, but ours and of our root: mended.
  ClusterFacts wrong_key = ours();
  wrong_key.set.ca_key = make_key("p256").pem;
  CHECK(fate(wrong_key) == Fate::written);
  ClusterFacts keyless = ours();
  keyless.set.ca_key = {};
  keyless.missing = {"ca-key.pem"};
  CHECK(fate(keyless) == Fate::written);
  CHECK(fate(lacking(ours(), &SigningSet::ca_cert, "ca-cert.pem")) == Fate::written);
  CHECK(fate(lacking(ours(), &SigningSet::cert_chain, "cert-chain.pem")) == Fate::written);
  CHECK(fate(lacking(ours(), &SigningSet::root_cert, "root-cert.pem")) == Fate::written);

  // Broken and somebody else's: named, never touched.
  CHECK(fate(not_ours(wrong_key)) == Fate::refused);
  CHECK_THAT(refusal_of(not_ours(keyless)), Catch::Contains("half-written: it lacks ca-key.pem") &&
                                                Catch::Contains("not made by kubectl mesh"));

  // Another root: refused with both.
  const Pair other = root_pair("Other");
  const std::string told = refusal_of(facts_with("a", set_under(other)));
  for (const std::string& pem : {other.certificate, shared_root().certificate})
    CHECK_THAT(told, Catch::Contains(short_fingerprint(certificates(pem).front().sha256)));
  ClusterFacts foreign_and_broken = facts_with("a", set_under(other));
  foreign_and_broken.set.ca_key = {};
  foreign_and_broken.missing = {"ca-key.pem"};
  CHECK(fate(foreign_and_broken) == Fate::refused);
}

TEST_CASE("certs install: expired and nearly expired") {
  const Time past = present() - std::chrono::days(400);
  const Pair root = root_pair("Root CA", past);
  const auto decided_at = [&](const ClusterFacts& facts, Time now) {
    return decide({facts}, certificates(root.certificate), now);
  };
  const ClusterFacts old = facts_with("a", set_under(root, "a", past, 365));
  const Decision replaced = decided_at(old, present());
  CHECK(replaced.wanted == std::vector<std::string>{"a"});
  CHECK_THAT(replaced.notes.at(0).text, Catch::Contains("is expired: ca-cert.pem"));
  const Decision near = decided_at(old, past + std::chrono::days(350));
  CHECK(near.wanted.empty());
  CHECK_THAT(near.notes.at(0).text, Catch::Contains("ends in 15 days"));
  CHECK(decided_at(old, past + std::chrono::days(300)).notes.empty());
  CHECK_FALSE(decided_at(not_ours(old), present()).refusals.empty());
}

TEST_CASE("certs install: a namespace that is going, a cluster that does not answer") {
  ClusterFacts going;
  going.cluster = "a";
  going.namespace_ending = true;
  CHECK_THAT(refusal_of(going), Catch::Contains("is being deleted"));
  Clusters clusters;
  clusters.add("a");
  clusters.unreadable = "b";
  const Plan plan = clusters.install({"a", "b"});
  CHECK(plan.actions.empty());
  CHECK(plan.refusals.at(0).code == "unreachable");
}

TEST_CASE("certs install: istiod that runs without cacerts is told of, with what follows") {
  ClusterFacts facts;
  facts.cluster = "a";
  facts.istiod = {{.started = "2026-01-01T00:00:00Z", .multi_root = false}};
  const Decision decision = decided(facts);
  REQUIRE(decision.notes.size() == 1);
  CHECK_THAT(decision.notes[0].text, Catch::Contains("root of its own") &&
                                         Catch::Contains("rollout restart deployment/istiod") &&
                                         Catch::Contains("every workload with a sidecar"));
  ClusterFacts with = ours();
  with.istiod = facts.istiod;
  CHECK(decided(with).notes.empty());
}

TEST_CASE("certs install: an authority that has lost its root is told so") {
  const Decision decision = decide({ours()}, {}, present());
  CHECK_THAT(decision.refusals.at(0).message, Catch::Contains("this authority has no root yet"));
  CHECK_THAT(decision.refusals.at(0).hint, Catch::Contains("--ca-dir"));
}

TEST_CASE("certs install: one root for all, its key only in the store; a rerun plans nothing") {
  Clusters clusters;
  clusters.add("a");
  clusters.add("b");
  const Plan plan = clusters.install({"a", "b"});
  REQUIRE(plan.actions.size() == 5);  // the root, two namespaces, two Secrets
  CHECK(plan.actions[0].type == ActionType::store);
  CHECK_FALSE(plan.actions[0].file.replace);
  for (const Action& action : plan.actions) {
    if (action.type == ActionType::apply)
      CHECK(action.phase == (action.object["kind"] == "Namespace" ? 0 : 1));
  }
  clusters.apply(plan);
  CHECK(clusters.secret_file("a", "root-cert.pem") == clusters.secret_file("b", "root-cert.pem"));
  CHECK(clusters.secret_file("a", "ca-key.pem") != clusters.secret_file("b", "ca-key.pem"));
  const std::string kept = clusters.files.at("/root.pem");
  const PrivateKey root_key = read_key(kept, {}, "root");
  for (const auto& [cluster, objects] : clusters.objects) {
    for (const auto& [name, object] : objects) {
      const Json data = object.value("data", Json::object());
      for (const auto& file : data.items())
        CHECK_THAT(from_base64(file.value()), !Catch::Contains(root_key.pem.reveal()));
    }
  }
  CHECK(clusters.install({"a", "b"}).actions.empty());
  CHECK_FALSE(clusters.verify({"a", "b"}).failed);

  // A third cluster joins: the same root signs it, the others are left alone.
  clusters.add("c");
  const Plan joining = clusters.install({"a", "b", "c"});
  CHECK(joining.actions.size() == 2);
  clusters.apply(joining);
  CHECK(clusters.files.at("/root.pem") == kept);
  CHECK(clusters.secret_file("c", "root-cert.pem") == clusters.secret_file("a", "root-cert.pem"));
  CHECK_FALSE(clusters.verify({"a", "b", "c"}).failed);
}

TEST_CASE("certs install: a preview signs nothing, and says what is wrong all the same") {
  Clusters clusters;
  clusters.add("a");
  const std::string told = clusters.everything_told;
  const Plan plan = clusters.preview({"a"});
  CHECK(plan.actions.empty());
  CHECK(plan.continues);
  REQUIRE(plan.notes.size() == 1);
  CHECK(clusters.files.empty());
  CHECK(clusters.everything_told == told);
  CHECK_THROWS_AS(clusters.preview({"a"}, {{"validity", "soon"}}), Failure);
  CHECK_THROWS_AS(clusters.preview({"a"}, {{"strategy", "nobody"}}), Failure);
}

TEST_CASE("certs install: cut off after any number of steps, the same command ends it") {
  const int steps = GENERATE(range(0, 6));
  Clusters clusters;
  clusters.add("a");
  clusters.add("b");
  clusters.apply(clusters.install({"a", "b"}), steps);
  const std::string kept = clusters.files["/root.pem"];
  if (kept.empty()) clusters.files.clear();
  clusters.apply(clusters.install({"a", "b"}));
  if (!kept.empty()) CHECK(clusters.files.at("/root.pem") == kept);
  CHECK(clusters.install({"a", "b"}).actions.empty());
  CHECK_FALSE(clusters.verify({"a", "b"}).failed);
}

TEST_CASE("certs install: every kind of key, with and without a passphrase, comes to rest") {
  const std::string key = GENERATE("p256", "p384", "rsa2048");
  const bool sealed = GENERATE(true, false);
  const Folder folder;
  Clusters clusters;
  clusters.add("a");
  Json options{{"key", key}, {"ca-dir", "/ca"}};
  if (sealed) options["passphrase-file"] = folder.write("word", "secret word\n");
  clusters.apply(clusters.install({"a"}, options));
  CHECK(holds_encrypted_key(clusters.files.at("/ca/root.pem")) == sealed);
  // What is valid needs no key: neither does a rerun.
  options.erase("passphrase-file");
  CHECK(clusters.install({"a"}, options).actions.empty());
  clusters.add("b");
  if (sealed)
    CHECK(problem_of([&] {
            clusters.install({"a", "b"}, options);
          }).message == "the kept root (root.pem) is encrypted and no passphrase was given");
  else
    CHECK(clusters.install({"a", "b"}, options).actions.size() == 2);
}

TEST_CASE("certs install: validity is settable, in whole days, never past the root") {
  Clusters clusters;
  clusters.add("a");
  clusters.apply(clusters.install({"a"}, {{"root-validity", "60d"}, {"validity", "90d"}}));
  const Certificate signer = certificates(clusters.secret_file("a", "ca-cert.pem")).front();
  CHECK(days_left(signer, present()) == 60);
  clusters.add("b");
  CHECK_THAT(clusters.install({"a", "b"}).notes.at(0).text, Catch::Contains("the root ends on "));
  for (const char* word : {"36h", "0d", "90m"})
    CHECK(problem_of([&] {
            clusters.install({"a"}, {{"validity", word}});
          }).code == "invalid-input");
}

TEST_CASE("certs install: another namespace of Istio's") {
  Clusters clusters;
  clusters.add("a");
  const Json options{{"istio-namespace", "mesh-system"}};
  const Plan plan = clusters.install({"a"}, options);
  clusters.apply(plan);
  CHECK(clusters.objects["a"].contains("Secret mesh-system/cacerts"));
  CHECK(clusters.objects["a"].contains("Namespace /mesh-system"));
  CHECK(clusters.secret("a").empty());
  CHECK(clusters.install({"a"}, options).actions.empty());
  CHECK(problem_of([&] {
          clusters.install({"a"}, {{"istio-namespace", "../x"}});
        }).code == "invalid-input");
}

TEST_CASE("certs install: mesh.yaml says what the command line does not") {
  Clusters clusters;
  clusters.add("a");
  const Json settings{{"strategy", "self-signed"},
                      {"key", "p384"},
                      {"validity", "30d"},
                      {"ca-dir", "/from-file"},
                      {"common-name", "Our Root"}};
  clusters.apply(clusters.install({"a"}, {{"validity", "20d"}}, settings));
  const Certificate signer = certificates(clusters.secret_file("a", "ca-cert.pem")).front();
  CHECK(signer.key == "EC P-384");
  CHECK(days_left(signer, present()) == 20);
  CHECK_THAT(signer.issuer, Catch::Contains("CN=Our Root"));
  CHECK(clusters.files.contains("/from-file/root.pem"));
}

TEST_CASE("certs install: a strategy that answers badly breaks no mesh") {
  struct Bad : CaStrategy {
    Pair root = root_pair();
    int mood = 0;
    Extension describe() const override { return {}; }
    CaRoots roots(const CaRequest&, const Host&) override {
      return {.roots = {root.certificate}, .signer = root.certificate, .next = {}, .where = {}};
    }
    CaIssued issue(const CaIssueRequest& request, const Host&) override {
      CaIssued answer;
      if (mood == 3) {  // sound in itself, but of another root
        const Pair other = root_pair("Other");
        const Certificate issuer = certificates(other.certificate).front();
        for (const CertificateRequest& one : request.requests)
          answer.issued.push_back(
              {one.cluster,
               {sign_request(one.csr, issuer, read_key(other.key, {}, "key"), present(), 10)}});
        answer.roots = {other.certificate};
        return answer;
      }
      answer.roots = {mood == 2 ? root_pair("Other").certificate : root.certificate};
      if (mood == 0) return answer;
      for (const CertificateRequest& one : request.requests)
        answer.issued.push_back({one.cluster, {set_under(root, one.cluster).ca_cert}});
      return answer;
    }
  };
  Clusters clusters;
  clusters.add("a");
  auto bad = std::make_unique<Bad>();
  Bad& strategy = *bad;
  clusters.strategies["ca/1:bad"] = std::move(bad);
  const auto problem = [&] {
    return problem_of([&] { clusters.install({"a"}, {{"strategy", "bad"}}); });
  };
  CHECK(problem().code == "plugin-fault");
  strategy.mood = 1;  // for a key that is not ours
  CHECK_THAT(problem().message, Catch::Contains("ca-key.pem does not belong to ca-cert.pem"));
  strategy.mood = 2;
  CHECK(problem().code == "plugin-fault");
  strategy.mood = 3;
  CHECK_THAT(problem().message, Catch::Contains("another root than the one it named"));
}

TEST_CASE("certs install: no key in anything that is told") {
  Clusters clusters;
  clusters.add("a");
  const Plan plan = clusters.install({"a"});
  clusters.apply(plan);
  std::string told = clusters.everything_told;
  for (const Note& note : plan.notes) told += note.text;
  for (const Action& action : plan.actions) told += action.reason;
  told += to_json(clusters.show({"a"})).dump() + to_json(clusters.verify({"a"})).dump();
  CHECK_THAT(told, !Catch::Contains("PRIVATE KEY"));
  const std::string key = clusters.secret_file("a", "ca-key.pem");
  CHECK_THAT(told, !Catch::Contains(key.substr(30, 40)));
}

}  // namespace mesh::certs::test
