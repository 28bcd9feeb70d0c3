#include "rules.hpp"
#include "unit/certs_support.hpp"

// What we make, judged by the `openssl` command: a second reading of the same standards.

namespace mesh::certs::test {

namespace {

struct Issued {
  std::string root, intermediate;
  PrivateKey root_key, key;
};

Issued issue(const std::string& root_algorithm, const std::string& algorithm, long root_days,
             long days) {
  Issued made{.root = {},
              .intermediate = {},
              .root_key = make_key(root_algorithm),
              .key = make_key(algorithm)};
  made.root = make_root(made.root_key, "Root CA", present(), root_days);
  made.intermediate = sign_request(make_request(made.key, "game-gke", "istio-system"),
                                   certificates(made.root).front(), made.root_key, present(), days);
  return made;
}

std::string text_of(const std::string& certificate) {
  const Folder folder;
  return openssl_ok("x509 -noout -text -in " + folder.write("cert", certificate));
}

}  // namespace

TEST_CASE("certs: every pair of key types makes a chain that openssl accepts strictly") {
  const std::string root = GENERATE("p256", "p384", "rsa2048", "rsa3072");
  const std::string key = GENERATE("p256", "p384", "rsa2048");
  const Issued made = issue(root, key, 3650, 365);
  const Folder folder;
  const std::string verify = "verify -x509_strict -check_ss_sig -attime " +
                             std::to_string(present().time_since_epoch().count()) + " -CAfile ";
  const std::string ca = folder.write("root", made.root);
  CHECK_THAT(openssl_ok(verify + ca + " " + folder.write("ca", made.intermediate)),
             Catch::Contains("OK"));

  // And a workload under it, made by openssl alone.
  openssl_ok("req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj / -keyout " +
             folder.at("leaf.key") + " -out " + folder.at("leaf.csr"));
  const std::string profile = folder.write(
      "profile",
      "subjectAltName=critical,URI:spiffe://cluster.local/ns/a/sa/b\nkeyUsage=critical,"
      "digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\nsubjectKeyIdentifier=hash\n"
      "authorityKeyIdentifier=keyid\n");
  openssl_ok("x509 -req -days 1 -set_serial 7 -in " + folder.at("leaf.csr") + " -CA " +
             folder.at("ca") + " -CAkey " + folder.write("ca.key", made.key.pem.reveal()) +
             " -extfile " + profile + " -out " + folder.at("leaf"));
  openssl_ok(verify + ca + " -purpose sslserver -untrusted " + folder.at("ca") + " " +
             folder.at("leaf"));
  // Ours agrees.
  CHECK(
      chain_problem(certificates(made.intermediate).front(), {}, certificates(made.root), present())
          .empty());
  CHECK(workload_problem(certificates(made.intermediate).front(), made.key,
                         certificates(made.intermediate), certificates(made.root), present())
            .empty());
}

TEST_CASE("certs: the profile is Istio's, with pathlen:0 and cRLSign") {
  const Issued made = issue("p256", "p256", 3650, 365);
  const std::string root = text_of(made.root);
  for (const char* part :
       {"Subject: O = Istio, CN = Root CA", "X509v3 Basic Constraints: critical", "CA:TRUE\n",
        "X509v3 Key Usage: critical", "Digital Signature, Certificate Sign, CRL Sign",
        "X509v3 Subject Key Identifier", "ecdsa-with-SHA256"})
    CHECK_THAT(root, Catch::Contains(part));
  CHECK_THAT(root, !Catch::Contains("pathlen"));
  const std::string intermediate = text_of(made.intermediate);
  for (const char* part :
       {"Subject: O = Istio, CN = Intermediate CA, L = game-gke", "CA:TRUE, pathlen:0",
        "Digital Signature, Certificate Sign, CRL Sign", "DNS:istiod.istio-system.svc",
        "X509v3 Authority Key Identifier", "X509v3 Subject Key Identifier"})
    CHECK_THAT(intermediate, Catch::Contains(part));
}

TEST_CASE("certs: an intermediate ends with its root at the latest, and years fit") {
  const Certificate root = certificates(issue("p256", "p256", 100, 365).root).front();
  const Issued made = issue("p256", "p256", 100, 365);
  CHECK(certificates(made.intermediate).front().not_after ==
        certificates(made.root).front().not_after);
  CHECK(days_left(root, present()) == 100);
  const Certificate old = certificates(issue("p256", "p256", 1000 * 365, 365).root).front();
  CHECK(days_left(old, present()) == 1000 * 365);
  CHECK(date_text(old.not_after).substr(0, 2) == "30");
  // Clocks differ a little.
  CHECK(old.not_before == present() - std::chrono::minutes(10));
}

TEST_CASE("certs: a cluster's name of any length and letters fits into its certificate") {
  const std::string name = GENERATE(std::string("arn:aws:eks:eu-west-1:123456789012:cluster/game"),
                                    std::string(127, 'a') + "\xC3\xA9\xC3\xA9",
                                    std::string(300, 'b'), std::string("\xE6\x97\xA5"));
  const Pair root = root_pair();
  const Certificate made = certificates(set_under(root, name).ca_cert).front();
  CHECK(chain_problem(made, {}, certificates(root.certificate), present()).empty());
}

TEST_CASE("certs: a request that its sender did not sign is refused") {
  const Issued made = issue("p256", "p256", 10, 10);
  std::string csr = make_request(made.key, "a", "istio-system");
  csr[csr.size() / 2] = csr[csr.size() / 2] == 'A' ? 'B' : 'A';
  CHECK(problem_of([&] {
          sign_request(csr, certificates(made.root).front(), made.root_key, present(), 1);
        }).code == "invalid-input");
}

TEST_CASE("certs: keys are protected so that openssl opens them, and only with the passphrase") {
  const PrivateKey key = make_key(GENERATE("p256", "p384", "rsa2048"));
  const SecretText passphrase(std::string("correct horse \xC3\xA9"));
  const std::string sealed = protect_key(key, passphrase);
  CHECK(holds_encrypted_key(sealed));
  CHECK(read_key(sealed, passphrase, "key").pem == key.pem);
  CHECK_THAT(problem_of([&] { read_key(sealed, {}, "FILE"); }).message,
             Catch::Equals("FILE is encrypted and no passphrase was given"));
  CHECK_THAT(problem_of([&] { read_key(sealed, SecretText("wrong"), "FILE"); }).message,
             Catch::Equals("FILE does not open with that passphrase"));
  const Folder folder;
  openssl_ok("pkey -noout -in " + folder.write("key", sealed) +
             " -passin file:" + folder.write("word", passphrase.reveal()));
  CHECK(openssl("pkey -noout -in " + folder.at("key") + " -passin pass:wrong").status != 0);
  // Many rounds: the file may be found by somebody with time.
  CHECK_THAT(openssl_ok("asn1parse -in " + folder.at("key")), Catch::Contains(":0927C0"));
  CHECK(protect_key(key, {}) == key.pem.reveal());
}

TEST_CASE("certs: what is read is what openssl says") {
  const std::string options = GENERATE("-newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -sha384",
                                       "-newkey rsa:2048 -nodes", "-newkey ed25519 -nodes",
                                       "-newkey ec -pkeyopt ec_paramgen_curve:secp256k1 -nodes");
  const Pair pair = made_by_openssl(options + std::string(" -days 40 -set_serial 4660"));
  const Certificate one = certificates(pair.certificate).front();
  const Folder folder;
  std::string print =
      openssl_ok("x509 -noout -fingerprint -sha256 -in " + folder.write("cert", pair.certificate));
  print = print.substr(print.find('=') + 1);
  std::erase_if(print, [](char c) { return c == ':' || c == '\n'; });
  std::transform(print.begin(), print.end(), print.begin(), ::tolower);
  CHECK(one.sha256 == print);
  CHECK(one.serial == "1234");
  CHECK(one.subject == "CN=Test");
  CHECK(one.self_issued);
  CHECK(one.key_hash == read_key(pair.key, {}, "key").key_hash);
  CHECK(days_left(one, present()) >= 39);
}

TEST_CASE("certs: weak keys and signatures have a name") {
  const auto weak = [](const std::string& options) {
    return weakness(certificates(made_by_openssl(options).certificate).front());
  };
  CHECK(weak("-newkey rsa:1024 -nodes") == "has a key of only RSA 1024");
  CHECK(weak("-newkey rsa:2048 -nodes -sha1") == "is signed with SHA1");
  CHECK(weak("-newkey rsa:2048 -nodes -md5") == "is signed with MD5");
  CHECK(weak("-newkey ed25519 -nodes") == "has a key that Istio cannot use (ED25519)");
  CHECK(weak("-newkey ec -pkeyopt ec_paramgen_curve:secp256k1 -nodes") ==
        "has a key that Istio cannot use (EC secp256k1)");
  CHECK(weak("-newkey ec -pkeyopt ec_paramgen_curve:P-521 -nodes").empty());
  CHECK(weak("-newkey rsa:2048 -nodes").empty());
}

TEST_CASE("certs: base64 goes there and back for every length") {
  std::string bytes;
  for (int size = 0; size < 70; ++size) {
    CHECK(from_base64(base64(bytes)) == bytes);
    bytes += static_cast<char>(size * 37);
  }
  CHECK(from_base64("***").empty());
}

TEST_CASE("certs: a wrong word for a key is told") {
  CHECK_THAT(problem_of([] { make_key("p25"); }).hint, Catch::Contains("rsa3072"));
}

}  // namespace mesh::certs::test
