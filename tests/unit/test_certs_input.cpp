#include <sys/stat.h>
#include <unistd.h>

#include "unit/certs_support.hpp"

// Everything that people give where a CA belongs. Each: the file, the cause, the remedy; and
// nothing is planned.

namespace mesh::certs::test {

namespace {

/// The strategy pem over two files of the operator.
struct Brought {
  Brought() : root(root_pair()) {
    clusters.add("a");
    folder.write("ca.pem", root.certificate);
    folder.write("ca.key", root.key);
  }

  Plan install() {
    return clusters.install({"a"}, {{"strategy", "pem"}},
                            {{"root-cert", folder.at("ca.pem")},
                             {"root-key", folder.at("ca.key")},
                             {"passphrase-file", passphrase}});
  }

  /// What is said of this certificate: exactly one error that names the file and a remedy.
  std::string certificate(const std::string& text) {
    folder.write("ca.pem", text);
    return told("ca.pem");
  }
  std::string key(const std::string& text) {
    folder.write("ca.key", text);
    return told("ca.key");
  }
  std::string told(const std::string& file) {
    const Problem problem = problem_of([&] { install(); });
    CHECK(problem.code == "invalid-input");
    CHECK(!problem.hint.empty());
    CHECK(problem.message.find("-----BEGIN") == std::string::npos);
    const std::string path = folder.at(file);
    const std::size_t at = problem.message.find(path);
    REQUIRE(at != std::string::npos);
    std::string rest = problem.message;
    return rest.replace(at, path.size(), file);
  }

  Folder folder;
  Clusters clusters;
  Pair root;
  std::string passphrase;
};

std::string der_of(const std::string& pem) {
  const Folder folder;
  openssl_ok("x509 -outform DER -in " + folder.write("pem", pem) + " -out " + folder.at("der"));
  return folder.read("der");
}

std::string encrypted(const std::string& key, const std::string& passphrase) {
  return protect_key(read_key(key, {}, "key"), SecretText(passphrase));
}

std::string with_crlf(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return result;
}

}  // namespace

TEST_CASE("certs input: sound files are accepted, CRLF too") {
  Brought brought;
  CHECK(writes(brought.install()) == 2);
  brought.folder.write("ca.pem", with_crlf(brought.root.certificate));
  brought.folder.write("ca.key", with_crlf(brought.root.key));
  const Plan plan = brought.install();
  brought.clusters.apply(plan);
  CHECK(brought.clusters.secret_file("a", "root-cert.pem") == brought.root.certificate);
}

TEST_CASE("certs input: something else where a certificate belongs") {
  Brought brought;
  const auto says = [&](const std::string& text) { return brought.certificate(text); };
  const std::string pem = brought.root.certificate;
  CHECK(says(brought.root.key) == "ca.pem is a private key, not a certificate");
  CHECK(says("") == "ca.pem is empty");
  CHECK(says("\n\n") == "ca.pem holds no PEM certificate");
  CHECK(says("hello\n") == "ca.pem holds no PEM certificate");
  CHECK(says(der_of(pem)) == "ca.pem is DER, not PEM");
  CHECK(says(std::string(std::size_t{2} << 20U, 'x')) == "ca.pem is larger than 1 MiB");
  CHECK(says(make_request(make_key("p256"), "a", "istio-system")) ==
        "ca.pem is a certificate request, not a certificate");
  CHECK(says("\xEF\xBB\xBF" + pem) == "ca.pem begins with a byte order mark");
  CHECK(says("subject=CN = Root\n" + pem) == "ca.pem holds text outside of its PEM blocks");
  CHECK(says(pem + "# the end\n") == "ca.pem holds text outside of its PEM blocks");
  CHECK(says(pem + brought.root.key) == "ca.pem holds a private key beside the certificate");
  CHECK(says(pem + root_pair("Other").certificate) ==
        "ca.pem holds 2 certificates where one belongs");
  CHECK(says(pem.substr(0, pem.size() - 1) + root_pair("Other").certificate) ==
        "ca.pem joins two blocks without a line break");
  CHECK(says(pem.substr(0, pem.size() / 2)) ==
        "ca.pem is cut off: a block has no -----END CERTIFICATE-----");
  std::string damaged = pem;
  damaged[100] = '!';
  CHECK(says(damaged) == "ca.pem is damaged: certificate 1 of it cannot be read");
}

TEST_CASE("certs input: a file that cannot be read") {
  Brought brought;
  fs::remove(brought.folder.at("ca.pem"));
  CHECK(brought.told("ca.pem") == "cannot read ca.pem: No such file or directory");
  fs::create_directory(brought.folder.at("ca.pem"));
  CHECK(brought.told("ca.pem") == "ca.pem is a folder, not a file");
  if (::geteuid() == 0) return;  // root reads everything
  fs::remove(brought.folder.at("ca.pem"));
  brought.folder.write("ca.pem", brought.root.certificate);
  ::chmod(brought.folder.at("ca.pem").c_str(), 0);
  CHECK(brought.told("ca.pem") == "cannot read ca.pem: Permission denied");
}

TEST_CASE("certs input: a certificate that is no root for this") {
  Brought brought;
  const auto says = [&](const std::string& text) { return brought.certificate(text); };
  const auto openssl_made = [&](const std::string& options) {
    return says(made_by_openssl(options + " " + k_ca).certificate);
  };
  CHECK(says(root_pair("Old", present() - std::chrono::days(100), 50).certificate)
            .starts_with("ca.pem expired on "));
  CHECK(says(root_pair("Early", present() + std::chrono::days(2), 50).certificate)
            .starts_with("ca.pem is not valid before "));
  CHECK(says(made_by_openssl(std::string(k_p256) + " -addext basicConstraints=critical,CA:FALSE")
                 .certificate) == "ca.pem is a leaf, not a CA (CN=Test)");
  CHECK(says(made_by_openssl(std::string(k_p256) +
                             " -addext basicConstraints=critical,CA:TRUE -addext keyUsage=cRLSign")
                 .certificate) ==
        "ca.pem may not sign certificates: its key usage lacks keyCertSign");
  CHECK(openssl_made("-newkey rsa:1024 -nodes") == "ca.pem has a key of only RSA 1024");
  CHECK(openssl_made("-newkey rsa:2048 -nodes -sha1") == "ca.pem is signed with SHA1");
  CHECK(openssl_made("-newkey ed25519 -nodes") ==
        "ca.pem has a key that Istio cannot use (ED25519)");
  CHECK(says(set_under(brought.root).ca_cert) ==
        "ca.pem is not a root: it was issued by CN=Root CA,O=Istio");
  CHECK(says(made_by_openssl(std::string(k_p256) +
                             " -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext "
                             "keyUsage=critical,keyCertSign")
                 .certificate) == "ca.pem may not sign other CAs (pathlen:0)");
}

TEST_CASE("certs input: something else where the key belongs") {
  Brought brought;
  const auto says = [&](const std::string& text) { return brought.key(text); };
  CHECK(says(brought.root.certificate) == "ca.key is a certificate, not a private key");
  CHECK(says(root_pair().key) == "ca.key does not belong to " + brought.folder.at("ca.pem"));
  CHECK(says("") == "ca.key is empty");
  CHECK(says("nonsense") == "ca.key holds no PEM private key");
  CHECK(says("\xEF\xBB\xBF" + brought.root.key) == "ca.key begins with a byte order mark");
  CHECK(says("Bag Attributes\n" + brought.root.key) ==
        "ca.key holds text outside of its PEM blocks");
  CHECK(says(brought.root.key + brought.root.key) == "ca.key holds several private keys");
  CHECK(says(std::string(std::size_t{2} << 20U, 'x')) == "ca.key is larger than 1 MiB");
  const Folder folder;
  openssl_ok("pkey -pubout -in " + folder.write("key", brought.root.key) + " -out " +
             folder.at("public"));
  CHECK(says(folder.read("public")) == "ca.key is a public key, not a private key");
  openssl_ok("pkey -outform DER -in " + folder.at("key") + " -out " + folder.at("der"));
  CHECK(says(folder.read("der")) == "ca.key is DER, not PEM");
}

TEST_CASE("certs input: an encrypted key needs its passphrase, given in a file, a variable, once") {
  Brought brought;
  CHECK(brought.key(encrypted(brought.root.key, "open sesame")) ==
        "ca.key is encrypted and no passphrase was given");
  brought.passphrase = brought.folder.write("word", "wrong\n");
  CHECK(brought.told("ca.key") == "ca.key does not open with that passphrase");
  brought.folder.write("word", "open sesame\r\nsecond line\n");
  CHECK(writes(brought.install()) == 2);
  brought.folder.write("word", "\n");
  CHECK(brought.told("word") == "word holds no passphrase");
  brought.folder.write("word", std::string(600, 'x'));
  CHECK(brought.told("word") == "word holds more than 512 bytes");

  ::setenv("MESH_TEST_WORD", "open sesame", 1);
  const auto with = [&](Json settings) {
    settings["root-cert"] = brought.folder.at("ca.pem");
    settings["root-key"] = brought.folder.at("ca.key");
    return brought.clusters.install({"a"}, {{"strategy", "pem"}}, settings);
  };
  CHECK(writes(with({{"passphrase-env", "MESH_TEST_WORD"}})) == 2);
  ::unsetenv("MESH_TEST_WORD");
  CHECK(problem_of([&] {
          with({{"passphrase-env", "MESH_TEST_WORD"}});
        }).message == "the environment variable MESH_TEST_WORD holds no passphrase");
  CHECK(problem_of([&] {
          with({{"passphrase-env", "X"}, {"passphrase-file", "Y"}});
        }).code == "usage");
}

TEST_CASE("certs input: the old form of encrypted keys opens too") {
  Brought brought;
  const Folder folder;
  openssl_ok("ec -aes256 -passout pass:word -in " + folder.write("key", brought.root.key) +
             " -out " + folder.at("old"));
  CHECK(brought.key(folder.read("old")) == "ca.key is encrypted and no passphrase was given");
  brought.passphrase = brought.folder.write("word", "word");
  CHECK(writes(brought.install()) == 2);
}

// ---- ready sets

namespace {

struct Sets {
  Sets() : root(root_pair()) {
    for (const char* cluster : {"a", "b"}) {
      clusters.add(cluster);
      write(cluster, set_under(root, cluster));
    }
  }
  void write(const std::string& cluster, const SigningSet& set) {
    folder.write(cluster + "/ca-cert.pem", set.ca_cert);
    folder.write(cluster + "/ca-key.pem", set.ca_key.reveal());
    folder.write(cluster + "/cert-chain.pem", set.cert_chain);
    folder.write(cluster + "/root-cert.pem", set.root_cert);
  }
  Plan install(std::vector<std::string> names = {"a", "b"}) {
    return clusters.install(std::move(names), {{"strategy", "pem"}}, {{"folder", folder.at("")}});
  }
  std::string told() {
    const Problem problem = problem_of([&] { install(); });
    CHECK(!problem.hint.empty());
    std::string message = problem.message;
    for (std::size_t at = 0; (at = message.find(folder.at(""))) != std::string::npos;)
      message.erase(at, folder.at("").size());
    return message;
  }
  /// With one file of cluster b replaced.
  std::string with(const std::string& name, const std::string& text) {
    folder.write("b/" + name, text);
    return told();
  }

  Folder folder;
  Clusters clusters;
  Pair root;
};

}  // namespace

TEST_CASE("certs input: ready sets are written as they are, and once") {
  Sets sets;
  const Plan plan = sets.install();
  CHECK(writes(plan) == 4);
  sets.clusters.apply(plan);
  CHECK(sets.clusters.secret_file("b", "ca-cert.pem") == sets.folder.read("b/ca-cert.pem"));
  CHECK(writes(sets.install()) == 0);
  // The same root, another intermediate: that is how they are renewed.
  sets.write("b", set_under(sets.root, "b"));
  CHECK(writes(sets.install()) == 1);
}

TEST_CASE("certs input: each file of a ready set is judged by its name") {
  Sets sets;
  const SigningSet good = set_under(sets.root, "b");
  const std::string other = set_under(sets.root, "c").ca_cert;
  CHECK(sets.with("ca-key.pem", root_pair().key) ==
        "b/ca-key.pem does not belong to b/ca-cert.pem");
  sets.write("b", good);
  CHECK(sets.with("ca-cert.pem", good.ca_key.reveal()) ==
        "b/ca-cert.pem is a private key, not a certificate");
  CHECK(sets.with("ca-cert.pem", good.ca_cert + other) ==
        "b/ca-cert.pem holds 2 certificates where one belongs");
  sets.write("b", good);
  CHECK(sets.with("cert-chain.pem", sets.root.certificate + good.ca_cert) ==
        "b/cert-chain.pem is in the wrong order: it must begin with the certificate of "
        "ca-cert.pem");
  CHECK(sets.with("cert-chain.pem",
                  good.ca_cert.substr(0, good.ca_cert.size() - 1) + sets.root.certificate) ==
        "b/cert-chain.pem joins two blocks without a line break");
  sets.write("b", good);
  CHECK_THAT(sets.with("root-cert.pem", root_pair().certificate),
             Catch::Contains("b/cert-chain.pem does not lead to b/root-cert.pem: "));
  sets.write("b", good);
  fs::remove(sets.folder.at("b/root-cert.pem"));
  CHECK(sets.told() == "cannot read b/root-cert.pem: No such file or directory");
}

TEST_CASE("certs input: ready sets of two roots, or the root itself, are refused") {
  Sets sets;
  sets.write("b", set_under(root_pair("Other"), "b"));
  CHECK_THAT(sets.told(), Catch::Contains("root-cert.pem of b and of a hold different roots"));
  sets.write("b", {sets.root.certificate, SecretText(sets.root.key), sets.root.certificate,
                   sets.root.certificate});
  CHECK_THAT(sets.told(), Catch::Contains("its key would lie in the cluster"));
}

TEST_CASE("certs input: a set whose issuer forbids it to sign workloads is refused") {
  Sets sets;
  // Strict verification of the intermediate alone passes; the first workload would not.
  const Pair narrow = made_by_openssl(std::string(k_p256) +
                                      " -addext basicConstraints=critical,CA:TRUE,pathlen:0 "
                                      "-addext keyUsage=critical,keyCertSign");
  sets.write("a", set_under(narrow, "a"));
  const Problem problem = problem_of([&] { sets.install({"a"}); });
  CHECK(problem.code == "refused");
  CHECK_THAT(problem.message, Catch::Contains("path length constraint exceeded"));
}

TEST_CASE("certs input: a context's name cannot lead out of the folder") {
  Sets sets;
  const SigningSet set = set_under(sets.root, "x/y");
  sets.write("x_y", set);
  sets.clusters.add("x/y");
  CHECK(writes(sets.install({"x/y"})) == 2);
}

}  // namespace mesh::certs::test
