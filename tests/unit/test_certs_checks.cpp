#include <set>

#include "checks.hpp"
#include "rules.hpp"
#include "unit/certs_support.hpp"

// For each row one broken input that makes exactly that row fail: one fault, one failure, one fix.

namespace mesh::certs::test {

namespace {

constexpr std::chrono::days k_week{7};

std::set<std::string> with_severity(const std::vector<Finding>& findings, Severity severity) {
  std::set<std::string> ids;
  for (const Finding& finding : findings) {
    if (finding.severity != severity) continue;
    ids.insert(finding.id);
    CHECK(!finding.evidence.empty());
    CHECK(!finding.fix.empty());
  }
  return ids;
}

using Ids = std::set<std::string>;

/// What fails of two clusters under one root, the second one as it is given.
Ids failing(const ClusterFacts& first, const ClusterFacts& second, Time now = present()) {
  return with_severity(findings_of({first, second}, now, k_week), Severity::failure);
}

/// A sound mesh in which one thing at a time is broken.
struct Bench {
  Pair root = root_pair();
  ClusterFacts good = facts_with("a", set_under(root, "a"));
  ClusterFacts bad = facts_with("b", set_under(root, "b"));

  Bench() {
    for (ClusterFacts* facts : {&good, &bad}) {
      facts->istiod = {
          {.started = date_text(present() - std::chrono::hours(1)), .multi_root = false}};
      facts->root_config_maps = {{"default", root.certificate}, {"istio-system", root.certificate}};
    }
  }
  Ids fails(Time now = present()) const { return failing(good, bad, now); }
  /// The set of b under another issuer, and what istiod spread with it; the good one likewise.
  void under(const Pair& other) {
    root = other;
    for (ClusterFacts* facts : {&good, &bad}) {
      facts->set = set_under(other, facts->cluster);
      facts->root_config_maps = {{"default", other.certificate}};
    }
  }
  /// A certificate of b's key with other extensions, signed by the root with openssl.
  void reissue(const std::string& extensions) {
    const Folder folder;
    openssl_ok("req -new -subj /CN=Odd -key " + folder.write("key", bad.set.ca_key.reveal()) +
               " -out " + folder.at("csr"));
    openssl_ok("x509 -req -days 90 -set_serial 5 -in " + folder.at("csr") + " -CA " +
               folder.write("root", root.certificate) + " -CAkey " +
               folder.write("root.key", root.key) + " -extfile " +
               folder.write("ext", extensions + "\nsubjectKeyIdentifier=hash\n"
                                                "authorityKeyIdentifier=keyid\n") +
               " -out " + folder.at("cert"));
    bad.set.ca_cert = bad.set.cert_chain = folder.read("cert");
  }
};

/// A proxy that holds what the Secret of its cluster says. Any certificate of its chain will do.
SeenProxy proxy_of(const ClusterFacts& facts, const std::string& created = {}) {
  return {.proxy = {.cluster = facts.cluster,
                    .name_space = "default",
                    .pod = "app-1",
                    .owner = {"Deployment", "app"},
                    .created = created},
          .unread = {},
          .chain = certificates(facts.set.cert_chain),
          .roots = certificates(facts.set.root_cert)};
}

Verdict row(const char* id, const Subject& subject) {
  for (const auto& candidate : check_rows()) {
    if (std::string(candidate.id) == id) return candidate.judge(subject);
  }
  FAIL("no row " << id);
  return {};
}

}  // namespace

TEST_CASE("certs verify: a sound mesh passes every row") {
  Bench bench;
  for (ClusterFacts* facts : {&bench.good, &bench.bad}) facts->proxies = {proxy_of(*facts)};
  const auto findings = findings_of({bench.good, bench.bad}, present(), k_week);
  CHECK(findings.size() == 2 * check_rows().size() + 1);
  for (const Finding& finding : findings) {
    INFO(finding.id << ": " << finding.evidence);
    CHECK(finding.severity == Severity::pass);
    CHECK(finding.fix.empty());
  }
}

TEST_CASE("certs verify: ids are what other tools hold on to") {
  Ids ids;
  for (const auto& candidate : check_rows()) ids.insert(candidate.id);
  CHECK(ids == Ids{"certs/complete", "certs/parses", "certs/key-matches", "certs/chain-verifies",
                   "certs/is-ca", "certs/path-length", "certs/signs-workloads", "certs/order",
                   "certs/algorithm", "certs/dates", "certs/not-public", "certs/revocations",
                   "certs/in-use", "certs/root-spread", "certs/proxies-trust",
                   "certs/proxies-present"});
}

TEST_CASE("certs verify: complete") {
  Bench bench;
  bench.bad.set.ca_key = {};
  bench.bad.missing = {"ca-key.pem"};
  CHECK(bench.fails() == Ids{"certs/complete"});
  Bench without;
  without.bad = ClusterFacts{};
  without.bad.cluster = "b";
  CHECK(without.fails() == Ids{"certs/complete"});
}

TEST_CASE("certs verify: parses") {
  Bench bench;
  const std::string part = GENERATE("ca-cert", "ca-key", "cert-chain");
  if (part == "ca-cert") bench.bad.set.ca_cert = "nonsense";
  if (part == "ca-key") bench.bad.set.ca_key = SecretText("nonsense");
  if (part == "cert-chain") bench.bad.set.cert_chain = bench.bad.set.ca_cert.substr(0, 200);
  CHECK(bench.fails() == Ids{"certs/parses"});
}

TEST_CASE("certs verify: key-matches") {
  Bench bench;
  bench.bad.set.ca_key = make_key("p256").pem;
  CHECK(bench.fails() == Ids{"certs/key-matches"});
}

TEST_CASE("certs verify: chain-verifies") {
  Bench bench;
  // The same names, another key: only a signature tells.
  const SigningSet other = set_under(root_pair(), "b");
  bench.bad.set.ca_cert = bench.bad.set.cert_chain = other.ca_cert;
  bench.bad.set.ca_key = other.ca_key;
  CHECK(bench.fails() == Ids{"certs/chain-verifies"});
}

TEST_CASE("certs verify: is-ca") {
  Bench bench;
  bench.reissue("basicConstraints=critical,CA:FALSE");
  CHECK(bench.fails() == Ids{"certs/is-ca"});
  Bench other;
  other.reissue("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign");
  CHECK(other.fails() == Ids{"certs/is-ca"});
}

TEST_CASE("certs verify: path-length") {
  Bench bench;
  bench.reissue("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign");
  CHECK(bench.fails().empty());
  CHECK(with_severity(findings_of({bench.bad}, present(), k_week), Severity::warning) ==
        Ids{"certs/path-length"});
  Bench narrow;
  narrow.under(made_by_openssl(std::string(k_p256) +
                               " -days 400 -addext basicConstraints=critical,CA:TRUE,pathlen:0 "
                               "-addext keyUsage=critical,keyCertSign"));
  CHECK(narrow.fails() == Ids{"certs/path-length"});
}

TEST_CASE("certs verify: signs-workloads") {
  Bench bench;
  bench.reissue(
      "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n"
      "nameConstraints=critical,permitted;URI:.example.com");
  CHECK(bench.fails() == Ids{"certs/signs-workloads"});
}

TEST_CASE("certs verify: order") {
  Bench bench;
  bench.bad.set.cert_chain = bench.root.certificate + bench.bad.set.ca_cert;
  CHECK(bench.fails() == Ids{"certs/order"});
}

TEST_CASE("certs verify: algorithm") {
  Bench bench;
  const std::string options =
      GENERATE("-newkey rsa:1024 -nodes -days 400 ", "-newkey rsa:2048 -sha1 -nodes -days 400 ");
  bench.under(made_by_openssl(options + std::string(k_ca)));
  CHECK(bench.fails() == Ids{"certs/algorithm"});
}

TEST_CASE("certs verify: dates fail, warn and pass, and name what to rotate") {
  const Bench bench;
  const auto at = [&](long days_before_end) {
    const Time now = present() + std::chrono::days(365 - days_before_end);
    return row("certs/dates", {bench.bad, assess(bench.bad, now), now, k_week});
  };
  CHECK(at(60).severity == Severity::pass);
  CHECK(at(30).severity == Severity::pass);
  CHECK(at(29).severity == Severity::warning);
  CHECK(at(7).severity == Severity::warning);
  CHECK(at(6).severity == Severity::failure);
  CHECK_THAT(at(6).evidence, Catch::Contains("in 6 days"));
  CHECK_THAT(at(-1).evidence, Catch::Contains("expired on"));
  CHECK_THAT(at(6).fix, Catch::Contains("--intermediate"));
  CHECK(bench.fails(present() + std::chrono::days(366)) == Ids{"certs/dates"});
  CHECK(bench.fails(present() - std::chrono::days(1)) == Ids{"certs/dates"});
  const Subject strict{bench.bad, assess(bench.bad, present()), present(), std::chrono::days(400)};
  CHECK(row("certs/dates", strict).severity == Severity::failure);

  const Pair short_root = root_pair("Root CA", present(), 5);
  const ClusterFacts facts = facts_with("b", set_under(short_root, "b", present(), 4));
  CHECK_THAT(row("certs/dates", {facts, assess(facts, present()), present(), k_week}).fix,
             Catch::Contains("--intermediate"));
  const ClusterFacts root_first = facts_with("b", set_under(short_root, "b", present(), 365));
  const auto later = present() + std::chrono::hours(1);
  CHECK(row("certs/dates", {root_first, assess(root_first, later), later, k_week}).severity ==
        Severity::failure);
}

TEST_CASE("certs verify: not-public, by the fingerprints of Istio's samples") {
  const Bench bench;
  Subject subject{bench.bad, assess(bench.bad, present()), present(), k_week};
  CHECK(row("certs/not-public", subject).severity == Severity::pass);
  subject.found.roots.front().sha256 =
      "63727a1785cab47acec5c24cc0669c20824e8ae1ac28079a4d2f8c830592e7b0";
  CHECK(row("certs/not-public", subject).severity == Severity::failure);
  // And on the way in.
  CHECK(ca_fault(subject.found.roots.front(), present())->kind == Fault::Kind::unsafe);
  CHECK_THAT(ca_fault(subject.found.roots.front(), present())->why,
             Catch::Contains("whose keys are public"));
}

TEST_CASE("certs verify: in-use") {
  Bench bench;
  bench.bad.istiod.push_back(
      {.started = date_text(present() - std::chrono::hours(3)), .multi_root = false});
  CHECK(bench.fails() == Ids{"certs/in-use"});

  // Changed since: istiod may have taken it up.
  Bench changed;
  changed.bad.changed = date_text(present() - std::chrono::minutes(1));
  CHECK(changed.fails().empty());
  CHECK(with_severity(findings_of({changed.bad}, present(), k_week), Severity::warning) ==
        Ids{"certs/in-use"});
  changed.bad.istiod.front().multi_root = true;
  CHECK(with_severity(findings_of({changed.bad}, present(), k_week), Severity::warning).empty());

  Bench leftover;
  leftover.bad.self_signed_secret = true;
  CHECK(with_severity(findings_of({leftover.bad}, present(), k_week), Severity::warning) ==
        Ids{"certs/in-use"});
}

TEST_CASE("certs verify: root-spread") {
  Bench bench;
  bench.bad.root_config_maps["shop"] = GENERATE_COPY(
      root_pair().certificate, std::string(), bench.root.certificate + root_pair().certificate);
  CHECK(bench.fails() == Ids{"certs/root-spread"});
}

TEST_CASE("certs verify: proxies-trust") {
  Bench bench;
  bench.good.proxies = {proxy_of(bench.good)};
  bench.bad.proxies = {proxy_of(bench.bad)};
  bench.bad.proxies.front().roots = certificates(root_pair("Other").certificate);
  CHECK(bench.fails() == Ids{"certs/proxies-trust"});
  // Not read: its age says whether it may hold the roots of before.
  SeenProxy& unread = bench.bad.proxies.front();
  unread.unread = "forbidden";
  unread.chain.clear();
  unread.roots.clear();
  unread.proxy.created = date_text(present() - std::chrono::hours(3));
  CHECK(bench.fails().empty());
  bench.bad.roots_changed["default"] = date_text(present() - std::chrono::hours(1));
  CHECK(bench.fails() == Ids{"certs/proxies-trust"});
  unread.proxy.created = date_text(present());
  CHECK(bench.fails().empty());
}

TEST_CASE("certs verify: proxies-present") {
  Bench bench;
  bench.bad.proxies = {proxy_of(bench.bad)};
  const SigningSet other = set_under(root_pair("Other"), "b");
  // Nobody trusts it any more, the proxies of its own cluster among them: one fault.
  bench.bad.proxies.front().chain = certificates(other.cert_chain);
  CHECK(bench.fails() == Ids{"certs/proxies-present"});
  // In a rotation: another root than the one that signs now, and still trusted.
  for (ClusterFacts* facts : {&bench.good, &bench.bad}) {
    facts->set.root_cert += other.root_cert;
    for (auto& [name_space, pem] : facts->root_config_maps) pem = facts->set.root_cert;
  }
  bench.bad.proxies.front().roots = certificates(bench.bad.set.root_cert);
  CHECK(bench.fails().empty());
  CHECK(with_severity(findings_of({bench.good, bench.bad}, present(), k_week), Severity::warning) ==
        Ids{"certs/proxies-present"});
  bench.bad.proxies.front().chain = certificates(bench.bad.set.cert_chain);
  CHECK(bench.fails(present() + std::chrono::days(366)) ==
        Ids{"certs/dates", "certs/proxies-present"});
}

TEST_CASE("certs verify: same-root") {
  Bench bench;
  const Pair other = root_pair("Other");
  bench.bad.set = set_under(other, "b");
  bench.bad.root_config_maps = {{"default", other.certificate}};
  CHECK(bench.fails() == Ids{"certs/same-root"});
  // Half a rotation is seen by it too.
  Bench half;
  half.bad.set.root_cert += other.certificate;
  half.bad.root_config_maps = {{"default", half.bad.set.root_cert}};
  CHECK(half.fails() == Ids{"certs/same-root"});
}

TEST_CASE("certs verify: a cluster that does not answer is a problem, the others are judged") {
  Clusters clusters;
  clusters.add("a");
  clusters.apply(clusters.install({"a"}));
  clusters.unreadable = "b";
  const Report report = clusters.verify({"a", "b"});
  CHECK(report.items.size() == check_rows().size());
  CHECK(report.problems.at(0).code == "unreachable");
  CHECK_FALSE(report.failed);
}

TEST_CASE("certs verify: --fail-within decides, and the report fails with a row") {
  Clusters clusters;
  clusters.add("a");
  clusters.apply(clusters.install({"a"}, {{"validity", "20d"}}));
  CHECK_FALSE(clusters.verify({"a"}).failed);
  CHECK(clusters.verify({"a"}, {{"fail-within", "21d"}}).failed);
  CHECK_FALSE(clusters.verify({"a"}, {{"fail-within", "36h"}}).failed);
}

TEST_CASE("certs verify: the rows are offered to the verify command as check/1") {
  Clusters clusters;
  clusters.add("a");
  clusters.apply(clusters.install({"a"}));
  const ExtensionPtr check = make_check();
  CHECK(check->describe().point == "check/1");
  const Json reply =
      check->invoke("run", {{"clusters", {"a"}}, {"settings", Json::object()}}, clusters.host());
  CHECK(reply.at("items").size() == check_rows().size());
}

}  // namespace mesh::certs::test
