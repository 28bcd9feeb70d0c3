#include <algorithm>

#include "checks.hpp"
#include "decide.hpp"
#include "istiod_files.hpp"
#include "sets.hpp"
#include "unit/certs_support.hpp"

// Clusters that others have set up: what istiod reads of their Secrets, and who signs in its place.

namespace mesh::certs::test {

using State = Assessment::State;

namespace {

constexpr std::chrono::days k_seven_days{7};
constexpr const char* k_deletion = "delete secret cacerts";

Json secret_of(const Json& data) {
  return {{"metadata", {{"uid", "u1"}, {"creationTimestamp", "2026-01-01T00:00:00Z"}}},
          {"data", data}};
}

Json istio_data(const SigningSet& set) {
  return secret_object("istio-system", set).at("data");
}

Json tls_data(const SigningSet& set) {
  return {{"tls.crt", base64(set.ca_cert)},
          {"tls.key", base64(set.ca_key.reveal())},
          {"ca.crt", base64(set.root_cert)}};
}

ClusterFacts facts_in(const std::string& cluster, const Json& data, const Json& pods = Json()) {
  ClusterAnswers all;
  all.cluster = cluster;
  all.name_space = "istio-system";
  all.secret = {.found = true, .object = secret_of(data), .next = {}, .problem = {}};
  all.pods.object = {{"items", pods.is_null() ? Json::array() : pods}};
  return facts_of(all);
}

Json pod_with(const Json& environment) {
  return {{"status", {{"phase", "Running"}, {"startTime", "2026-02-01T00:00:00Z"}}},
          {"spec", {{"containers", {{{"env", environment}}}}}}};
}

Finding found(const std::vector<ClusterFacts>& all, const std::string& id) {
  for (const Finding& finding : findings_of(all, present(), k_seven_days)) {
    if (finding.id == id) return finding;
  }
  FAIL("no row " << id);
  return {};
}

std::string as_ec_key(const SigningSet& set, const std::string& extra) {
  const Folder folder;
  openssl_ok("pkey -traditional -in " + folder.write("key", set.ca_key.reveal()) + " -out " +
             folder.at("ec") + " " + extra);
  return folder.read("ec");
}

Plan issued(const std::vector<ClusterFacts>& all, const std::string& own_root = {}) {
  IssuingCa authority{.strategy = "self-signed", .roots = {}, .policy = {}, .waiting = {}};
  if (!own_root.empty()) authority.roots.roots = {own_root};
  return plan_issued(all, authority, present(), [](const auto&, const auto&) -> CaIssued {
    throw Failure("internal", "it was asked to sign");
  });
}

}  // namespace

TEST_CASE("certs lived-in: istiod takes tls.crt whatever the Secret's type") {
  const SigningSet set = set_under(root_pair());
  const ClusterFacts facts = facts_in("a", tls_data(set));
  CHECK(facts.files == k_tls_names);
  CHECK(assess(facts, present()).state == State::valid);
  CHECK(found({facts}, "certs/complete").evidence == "istiod reads tls.crt, tls.key and ca.crt");
}

TEST_CASE("certs lived-in: tls.crt beside Istio's names hides them") {
  const SigningSet theirs = set_under(root_pair("Theirs"));
  const SigningSet set = set_under(root_pair());
  Json data = istio_data(set);
  data.update(tls_data(theirs));
  const ClusterFacts facts = facts_in("a", data);
  CHECK(assess(facts, present()).roots.front().subject == "CN=Theirs,O=Istio");
  CHECK(found({facts}, "certs/complete").severity == Severity::warning);
  // The same CA under both names is one CA.
  data = istio_data(set);
  data.update(tls_data(set));
  CHECK(found({facts_in("a", data)}, "certs/complete").severity == Severity::pass);
}

TEST_CASE("certs lived-in: an incomplete tls layout is told by its own names") {
  const SigningSet set = set_under(root_pair());
  Json data = tls_data(set);
  const std::string lost = GENERATE("ca.crt", "tls.key");
  if (GENERATE(true, false))
    data.erase(lost);
  else
    data[lost] = "";
  CHECK(in_words(assess(facts_in("a", data), present())) == "half-written: it lacks " + lost);
  data = istio_data(set);
  data["tls.crt"] = "";
  CHECK(facts_in("a", data).missing == std::vector<std::string>{"tls.crt", "ca.crt", "tls.key"});
}

TEST_CASE("certs lived-in: what was added to a Secret of ours is not written over") {
  const SigningSet set = set_under(root_pair());
  Json data = istio_data(set);
  data["tls.crt"] = base64(set.ca_cert);
  ClusterFacts facts = facts_in("a", data);
  facts.ours = true;
  const Decision decision = decide({facts}, read_certificates(set.root_cert, "root"), present());
  CHECK(decision.wanted.empty());
  CHECK_THAT(decision.refusals.at(0).hint, Catch::Contains("/data/tls.crt"));
}

TEST_CASE("certs lived-in: a key that OpenSSL reads and istiod does not") {
  SigningSet set = set_under(root_pair());
  std::string block;
  SECTION("openssl ecparam writes the parameters before the key") {
    const Folder folder;
    openssl_ok("ecparam -name prime256v1 -out " + folder.at("parameters"));
    set.ca_key = SecretText(folder.read("parameters") + as_ec_key(set, ""));
    block = "EC PARAMETERS";
  }
  SECTION("the certificate stands before the key") {
    set.ca_key = SecretText(set.ca_cert + set.ca_key.reveal());
    block = "CERTIFICATE";
  }
  const ClusterFacts facts = facts_in("a", istio_data(set));
  const Finding parses = found({facts}, "certs/parses");
  CHECK(parses.severity == Severity::failure);
  CHECK_THAT(parses.evidence, Catch::Contains("ca-key.pem begins with a block " + block) &&
                                  Catch::Contains("does not start"));
  CHECK_THAT(parses.fix, Catch::Contains("openssl pkcs8 -topk8 -nocrypt"));
  // Its CA is sound: nothing proposes to delete it.
  const Decision decision = decide({facts}, read_certificates(set.root_cert, "root"), present());
  CHECK_THAT(decision.refusals.at(0).hint, !Catch::Contains(k_deletion));
}

TEST_CASE("certs lived-in: the EC key alone is read") {
  SigningSet set = set_under(root_pair());
  set.ca_key = SecretText(as_ec_key(set, ""));
  CHECK_THAT(set.ca_key.reveal(), Catch::StartsWith("-----BEGIN EC PRIVATE KEY"));
  CHECK(assess(facts_in("a", istio_data(set)), present()).state == State::valid);
}

TEST_CASE("certs lived-in: certificates in blocks that Go does not know") {
  SigningSet set = set_under(root_pair());
  std::string text = set.root_cert;
  for (std::size_t at = 0; (at = text.find(" CERTIFICATE", at)) != std::string::npos; at += 17)
    text.replace(at, 12, " X509 CERTIFICATE");
  set.root_cert = text;
  const Finding parses = found({facts_in("a", istio_data(set))}, "certs/parses");
  CHECK_THAT(parses.evidence, Catch::Contains("root-cert.pem holds a block X509 CERTIFICATE"));
}

TEST_CASE("certs lived-in: curves that Go does not know") {
  const std::string options = GENERATE("-pkeyopt ec_paramgen_curve:secp256k1",
                                       "-pkeyopt ec_paramgen_curve:P-256 "
                                       "-pkeyopt ec_param_enc:explicit");
  const Pair root = made_by_openssl("-newkey ec -nodes " + options + " " + k_ca);
  const SigningSet set{root.certificate, SecretText(root.key), root.certificate, root.certificate};
  const Finding algorithm = found({facts_in("a", istio_data(set))}, "certs/algorithm");
  CHECK(algorithm.severity == Severity::failure);
  CHECK_THAT(algorithm.evidence, Catch::Contains("Istio cannot use"));
}

TEST_CASE("certs lived-in: revocation lists cover the whole chain, or istiod does not start") {
  const Pair root = root_pair();
  const SigningSet set = set_under(root);
  const Folder folder;
  folder.write("index", "");
  folder.write("number", "01\n");
  const auto list_by = [&](const std::string& name, const std::string& certificate,
                           const std::string& key) {
    const std::string config =
        folder.write("config", "[ca]\ndefault_ca=d\n[d]\ndatabase=" + folder.at("index") +
                                   "\ncrlnumber=" + folder.at("number") +
                                   "\ndefault_md=sha256\ndefault_crl_days=30\n");
    openssl_ok("ca -gencrl -config " + config + " -cert " + folder.write("cert", certificate) +
               " -keyfile " + folder.write("key", key) + " -out " + folder.at(name));
    return folder.read(name);
  };
  const std::string of_root = list_by("root.crl", root.certificate, root.key);
  const std::string of_signer = list_by("signer.crl", set.ca_cert, set.ca_key.reveal());
  const auto verdict = [&](const std::string& lists) {
    SigningSet whole = set;
    whole.cert_chain = set.ca_cert + set.root_cert;
    Json data = istio_data(whole);
    data["ca-crl.pem"] = base64(lists);
    return found({facts_in("a", data)}, "certs/revocations");
  };
  CHECK(verdict(of_root + of_signer).severity == Severity::pass);
  CHECK_THAT(verdict(of_root).evidence, Catch::Contains("ca-crl.pem lacks the list of "));
  CHECK_THAT(verdict("nonsense").evidence, Catch::Contains("holds no revocation list"));
}

TEST_CASE("certs lived-in: an istiod that signs nothing gets no CA") {
  const auto [environment, signer] = GENERATE(table<Json, std::string>(
      {{Json{{{"name", "ENABLE_CA_SERVER"}, {"value", "false"}},
             {{"name", "CA_ADDR"}, {"value", "istio-csr.cert-manager.svc:443"}}},
        "istio-csr.cert-manager.svc:443"},
       {Json{{{"name", "ENABLE_CA_SERVER"}, {"value", "0"}}},
        "another CA (istiod has ENABLE_CA_SERVER=false)"},
       {Json{{{"name", "EXTERNAL_CA"}, {"value", "ISTIOD_RA_KUBERNETES_API"}},
             {{"name", "K8S_SIGNER"}, {"value", "pki.example/istio"}}},
        "Kubernetes' certificates API (pki.example/istio)"}}));
  ClusterAnswers answers;
  answers.cluster = "a";
  answers.name_space = "istio-system";
  answers.pods.object = {{"items", {pod_with(environment)}}};
  const Pair root = root_pair();
  answers.config_maps.object = {
      {"items",
       {{{"metadata", {{"name", "istio-ca-root-cert"}, {"namespace", "istio-system"}}},
         {"data", {{"root-cert.pem", root.certificate}}}}}}};
  const ClusterFacts facts = facts_of(answers);
  CHECK(other_signer(facts) == signer);
  const Decision decision = decide({facts}, {}, present());
  CHECK(decision.wanted.empty());
  CHECK_THAT(decision.refusals.at(0).message,
             Catch::Contains("workload certificates come from " + signer));
  CHECK_THAT(decision.refusals.at(0).hint, Catch::Contains("skip: [certs]"));

  ClusterFacts other = facts;
  other.cluster = "b";
  for (const Finding& finding : findings_of({facts, other}, present(), k_seven_days)) {
    const bool judged = finding.id == "certs/root-spread" || finding.id == "certs/same-root";
    INFO(finding.id);
    CHECK(finding.severity == (judged ? Severity::pass : Severity::skipped));
  }
  other.root_config_maps["istio-system"] = root_pair("Other").certificate;
  CHECK(found({facts, other}, "certs/same-root").severity == Severity::failure);
}

TEST_CASE("certs lived-in: an istiod that says ENABLE_CA_SERVER=true signs") {
  const Json said{{{"name", "ENABLE_CA_SERVER"}, {"value", "true"}},
                  {{"name", "CA_ADDR"}, {"value", "istiod.istio-system.svc:15012"}}};
  CHECK(other_signer(facts_in("a", Json::object(), {pod_with(said)})).empty());
}

TEST_CASE("certs lived-in: a restart is of the istiods that run") {
  ClusterFacts facts = facts_in("a", Json::object());
  CHECK_THAT(restart_text(facts), Catch::Contains("rollout restart deployment/istiod)"));
  facts.istiod = {{.started = {}, .owner = {"Deployment", "istiod-1-31-0"}},
                  {.started = {}, .owner = {"Deployment", "istiod-1-30-2"}}};
  CHECK_THAT(restart_text(facts),
             Catch::Contains("rollout restart deployment/istiod-1-30-2 deployment/istiod-1-31-0)"));
}

TEST_CASE("certs lived-in: a sound CA of one root is kept, whoever made it") {
  const Pair root = root_pair("Theirs");
  const ClusterFacts a = facts_in("a", istio_data(set_under(root, "a")));
  const ClusterFacts b = facts_in("b", tls_data(set_under(root, "b")));
  const Plan plan = issued({a, b});
  CHECK(plan.refusals.empty());
  CHECK(plan.actions.empty());
  REQUIRE(plan.notes.size() == 1);
  CHECK(plan.notes[0].severity == Severity::info);
  CHECK_THAT(plan.notes[0].text, Catch::Contains("which is kept") && Catch::Contains("CN=Theirs"));
  // An authority that has a root of its own is not silent about it.
  CHECK(issued({a, b}, root_pair("Own").certificate).notes.at(0).severity == Severity::warning);
  CHECK_FALSE(roots_of_others({a, b}, present()).empty());
  // What a run of ours made under another root is refused.
  ClusterFacts ours = a;
  ours.ours = true;
  CHECK_FALSE(issued({ours, b}, root_pair("Own").certificate).refusals.empty());
}

TEST_CASE("certs lived-in: what is not one root in all clusters is not kept") {
  const ClusterFacts a = facts_in("a", istio_data(set_under(root_pair("One"), "a")));
  const ClusterFacts b = facts_in("b", istio_data(set_under(root_pair("Two"), "b")));
  CHECK(issued({a, b}).refusals.size() == 2);
  for (const Problem& problem : issued({a, b}).refusals)
    CHECK_THAT(problem.hint, Catch::Contains("skip: [certs]") && !Catch::Contains(k_deletion));
  ClusterFacts none;
  none.cluster = "c";
  CHECK(issued({a, none}).refusals.size() == 1);
  CHECK(issued({a}).refusals.size() == 1);
}

}  // namespace mesh::certs::test
