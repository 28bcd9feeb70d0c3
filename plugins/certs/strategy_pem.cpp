#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "strategy_files.hpp"
#include "verbs.hpp"

#include "mesh/problem.hpp"

namespace mesh::certs {

namespace {

namespace fs = std::filesystem;

/// A CA that the operator brings: its certificate and key, to sign with; or ready sets, a folder
/// per cluster.
class Pem : public CaStrategy {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "ca/1";
    extension.name = "pem";
    extension.summary = "A CA that you bring as PEM files: to sign with, or ready sets per cluster";
    extension.abilities = {"issue", "bring"};
    extension.settings =
        parse_json(R"({"type": "object", "additionalProperties": false, "properties": {
      "root-cert": {"type": "string", "description": "PEM file of the root"},
      "root-key": {"type": "string", "description": "PEM file of its key"},
      "folder": {"type": "string", "description": "folder with one folder per context: ca-cert.pem, ca-key.pem, cert-chain.pem, root-cert.pem"},
      "passphrase-file": {"type": "string", "description": "file whose first line opens the keys"}}})",
                   "schema");
    return extension;
  }

  CaRoots roots(const CaRequest& request, const Host& host) override {
    if (brings(request)) throw Failure("unsupported", "ready sets are brought");
    const Certificate root = signing_root(request, host.now());
    return {.roots = {root.pem},
            .signer = root.pem,
            .next = {},
            .where = setting(request, "root-cert")};
  }

  CaIssued issue(const CaIssueRequest& request, const Host& host) override {
    const Certificate root = signing_root(request, host.now());
    const PrivateKey key = read_key(read_small_file(setting(request, "root-key")),
                                    passphrase(request), setting(request, "root-key"));
    if (key.key_hash != root.key_hash)
      throw Failure(
          "invalid-input",
          setting(request, "root-key") + " does not belong to " + setting(request, "root-cert"),
          "name the key of that certificate");
    CaIssued answer;
    answer.roots = {root.pem};
    for (const CertificateRequest& asked : request.requests) {
      answer.issued.push_back(
          {asked.cluster, {sign_request(asked.csr, root, key, host.now(), request.policy.days)}});
    }
    return answer;
  }

  std::vector<CaSet> bring(const CaRequest& request, const std::vector<std::string>& clusters,
                           const Host&) override {
    std::vector<CaSet> sets;
    for (const std::string& cluster : clusters) {
      const fs::path folder = fs::path(setting(request, "folder")) / cluster;
      CaSet set;
      set.cluster = cluster;
      const auto file = [&](const char* name) { return read_small_file((folder / name).string()); };
      set.certificate = file("ca-cert.pem");
      set.key =
          read_key(file("ca-key.pem"), passphrase(request), (folder / "ca-key.pem").string()).pem;
      for (const Certificate& one :
           read_certificates(file("cert-chain.pem"), (folder / "cert-chain.pem").string()))
        set.chain.push_back(one.pem);
      for (const Certificate& one :
           read_certificates(file("root-cert.pem"), (folder / "root-cert.pem").string()))
        set.roots.push_back(one.pem);
      // The chain file begins with the signing CA, which the certificate is already.
      const Certificate own =
          read_certificates(set.certificate, (folder / "ca-cert.pem").string()).front();
      if (read_certificates(set.chain.front(), "chain").front().sha256 != own.sha256) {
        throw Failure(
            "invalid-input",
            (folder / "cert-chain.pem").string() +
                " is in the wrong order: it must begin with the certificate of ca-cert.pem",
            "put the signing CA first, its issuers after it");
      }
      set.chain.erase(set.chain.begin());
      sets.push_back(std::move(set));
    }
    return sets;
  }

 private:
  static bool brings(const CaRequest& request) {
    return !request.settings.value("folder", std::string()).empty();
  }

  static std::string setting(const CaRequest& request, const char* name) {
    const std::string value = request.settings.value(name, std::string());
    if (value.empty())
      throw Failure("invalid-input", std::string("the strategy pem needs the setting ") + name,
                    "--set root-cert=FILE --set root-key=FILE, or --set folder=FOLDER");
    return value;
  }

  static std::string passphrase(const CaRequest& request) {
    const std::string path = request.settings.value("passphrase-file", std::string());
    return path.empty() ? "" : first_line(read_small_file(path));
  }

  static Certificate signing_root(const CaRequest& request, Time now) {
    const std::string path = setting(request, "root-cert");
    const Certificate root = read_certificates(read_small_file(path), path).front();
    const auto refuse = [&](const std::string& why, const std::string& hint) {
      throw Failure("invalid-input", path + " " + why, hint);
    };
    if (is_public_sample(root))
      refuse("is Istio's sample CA, whose keys are public", "make a CA of your own");
    if (!root.is_ca || !root.can_sign)
      refuse("is a leaf, not a CA (" + root.subject + ")", "name the certificate of your CA");
    if (root.path_length && *root.path_length == 0)
      refuse("may not sign other CAs (pathlen:0)", "name the CA above it");
    if (!root.self_issued)
      refuse("is not a root: it was issued by " + root.issuer,
             "bring ready sets instead: --set folder=FOLDER");
    if (root.not_before > now)
      refuse("is not valid before " + date_text(root.not_before), "check the clock, or wait");
    if (root.not_after <= now)
      refuse("expired on " + date_text(root.not_after), "bring a valid CA");
    if (root.key.starts_with("RSA") && root.key_bits < 2048)
      refuse("has a key of only " + root.key, "Istio needs RSA 2048 or P-256");
    if (root.signature.find("sha1") != std::string::npos ||
        root.signature.find("SHA1") != std::string::npos)
      refuse("is signed with SHA-1", "have it signed with SHA-256");
    return root;
  }
};

}  // namespace

std::string read_small_file(const std::string& path) {
  constexpr std::uintmax_t k_max = std::uintmax_t{1} << 20U;
  std::error_code error;
  if (fs::is_directory(path, error))
    throw Failure("invalid-input", path + " is a folder, not a file");
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Failure("invalid-input", "cannot read " + path + ": " + std::strerror(errno));
  std::string text(k_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > k_max)
    throw Failure("invalid-input", path + " is larger than 1 MiB", "is it the right file?");
  std::erase(text, '\r');
  return text;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

ExtensionPtr make_pem() {
  return std::make_unique<Pem>();
}

}  // namespace mesh::certs
