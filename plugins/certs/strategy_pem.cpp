#include <algorithm>
#include <filesystem>

#include "at_once.hpp"
#include "facts.hpp"
#include "operator_files.hpp"
#include "pem.hpp"
#include "rules.hpp"
#include "verbs.hpp"

namespace mesh::certs {

namespace {

[[noreturn]] void refuse_file(const std::string& path, const Fault& fault) {
  throw Failure("invalid-input", path + " " + fault.why, fault.hint);
}

PrivateKey key_in(const std::string& path, const Json& settings, const Host& host) {
  const SecretText text = read_small_file(path);
  Pem(text.reveal(), path).require_clean();
  // Nobody is asked for a passphrase that is not needed.
  return read_key(text.reveal(),
                  holds_encrypted_key(text.reveal()) ? passphrase_of(settings, host) : SecretText(),
                  path);
}

/// The four files of one cluster, brought as Istio's Makefile leaves them.
class Folder {
 public:
  Folder(const std::string& folder, std::string cluster) {
    std::replace(cluster.begin(), cluster.end(), '/', '_');  // EKS names contexts by ARN
    m_folder = std::filesystem::path(folder) / cluster;
  }

  CaSet read(const std::string& cluster, const Json& settings, const Host& host, Time now) const {
    const Certificate own =
        read_certificate(read("ca-cert.pem").reveal(), path("ca-cert.pem"),
                         "leave the signing CA there; its issuers go to cert-chain.pem");
    if (std::optional<Fault> fault = ca_fault(own, now)) refuse_file(path("ca-cert.pem"), *fault);
    const PrivateKey key = key_in(path("ca-key.pem"), settings, host);
    if (key.key_hash != own.key_hash)
      refuse_file(path("ca-key.pem"),
                  {Fault::Kind::unfit, "does not belong to " + path("ca-cert.pem"),
                   "give the key of that certificate"});
    std::vector<Certificate> chain = certificates("cert-chain.pem", now);
    if (chain.front().sha256 != own.sha256)
      refuse_file(path("cert-chain.pem"),
                  {Fault::Kind::unfit,
                   "is in the wrong order: it must begin with the certificate of ca-cert.pem",
                   "put the signing CA first, its issuers after it"});
    const std::vector<Certificate> roots = certificates("root-cert.pem", now);
    const std::string problem = chain_problem(own, chain, roots, now);
    if (!problem.empty())
      refuse_file(path("cert-chain.pem"),
                  {Fault::Kind::unfit, "does not lead to " + path("root-cert.pem") + ": " + problem,
                   "give the issuers of the signing CA there, and the root that signed the last"});
    CaSet set;
    set.cluster = cluster;
    set.certificate = own.pem;
    set.key = key.pem.reveal();
    // It begins with the signing CA, which the certificate is already.
    for (auto one = std::next(chain.begin()); one != chain.end(); ++one)
      set.chain.push_back(one->pem);
    for (const Certificate& one : roots) set.roots.push_back(one.pem);
    return set;
  }

 private:
  std::string path(const char* name) const { return (m_folder / name).string(); }
  SecretText read(const char* name) const { return read_small_file(path(name)); }

  std::vector<Certificate> certificates(const char* name, Time now) const {
    std::vector<Certificate> list = read_clean_certificates(read(name).reveal(), path(name));
    for (const Certificate& one : list) {
      if (std::optional<Fault> fault = ca_fault(one, now)) refuse_file(path(name), *fault);
    }
    return list;
  }

  std::filesystem::path m_folder;
};

/// A CA that the operator brings: its certificate and key, to sign with; or ready sets, a folder
/// per cluster.
class PemFiles : public CaStrategy {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "ca/1";
    extension.name = "pem";
    extension.summary = "A CA that you bring as PEM files: to sign with, or ready sets per cluster";
    extension.abilities = {"issue", "bring"};
    extension.settings =
        parse_json(R"({"type": "object", "additionalProperties": false, "properties": {
      "root-cert": {"type": "string", "format": "path", "description": "PEM file of the root"},
      "root-key": {"type": "string", "format": "path", "description": "PEM file of its key"},
      "folder": {"type": "string", "format": "path", "description": "folder with one folder per context: ca-cert.pem, ca-key.pem, cert-chain.pem, root-cert.pem"}}})",
                   "schema");
    add_passphrase_settings(extension.settings);
    return extension;
  }

  CaRoots roots(const CaRequest& request, const Host& host) override {
    if (brings(request)) throw Failure("unsupported", "ready sets are brought");
    const Certificate root = signing_root(request, now_of(host));
    return {.roots = {root.pem},
            .signer = root.pem,
            .next = {},
            .where = setting(request, "root-cert")};
  }

  CaIssued issue(const CaIssueRequest& request, const Host& host) override {
    const Time now = now_of(host);
    const Certificate root = signing_root(request, now);
    const std::string path = setting(request, "root-key");
    const PrivateKey key = key_in(path, request.settings, host);
    if (key.key_hash != root.key_hash)
      refuse_file(path, {Fault::Kind::unfit, "does not belong to " + setting(request, "root-cert"),
                         "name the key of that certificate"});
    CaIssued answer;
    answer.roots = {root.pem};
    answer.issued =
        at_once<IssuedCertificate>(request.requests, [&](const CertificateRequest& asked) {
          return IssuedCertificate{asked.cluster,
                                   {sign_request(asked.csr, root, key, now, request.policy.days)}};
        });
    return answer;
  }

  std::vector<CaSet> bring(const CaRequest& request, const std::vector<std::string>& clusters,
                           const Host& host) override {
    const std::string folder = setting(request, "folder");
    const Time now = now_of(host);
    const auto set_of = [&](const std::string& cluster) {
      return Folder(folder, cluster).read(cluster, request.settings, host, now);
    };
    if (!request.settings.value("ask-passphrase", false)) return at_once<CaSet>(clusters, set_of);
    // A terminal answers one question at a time.
    std::vector<CaSet> sets;
    for (const std::string& cluster : clusters) sets.push_back(set_of(cluster));
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

  static Certificate signing_root(const CaRequest& request, Time now) {
    const std::string path = setting(request, "root-cert");
    const Certificate root =
        read_certificate(read_small_file(path).reveal(), path,
                         "leave the root there; for issuers between, bring ready sets: --set "
                         "folder=FOLDER");
    if (std::optional<Fault> fault = ca_fault(root, now)) refuse_file(path, *fault);
    if (!root.self_issued)
      refuse_file(path, {Fault::Kind::unfit, "is not a root: it was issued by " + root.issuer,
                         "bring ready sets instead: --set folder=FOLDER"});
    if (root.path_length && *root.path_length == 0)
      refuse_file(path, {Fault::Kind::unfit, "may not sign other CAs (pathlen:0)",
                         "name a root without that limit"});
    return root;
  }
};

}  // namespace

ExtensionPtr make_pem() {
  return std::make_unique<PemFiles>();
}

}  // namespace mesh::certs
