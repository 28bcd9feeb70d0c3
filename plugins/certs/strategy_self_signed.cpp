
#include "strategy_files.hpp"
#include "verbs.hpp"

namespace mesh::certs {

namespace {

constexpr const char* k_current = "root.pem";
constexpr const char* k_next = "root-next.pem";

/// A root with its key, as one file holds them: written whole or not at all.
struct Root {
  Certificate certificate;
  PrivateKey key;
};

/// A root of our own, made on the operator's machine and kept there.
class SelfSigned : public CaStrategy {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "ca/1";
    extension.name = "self-signed";
    extension.summary = "A root made and kept on this machine, one intermediate per cluster";
    extension.abilities = {"issue", "rotate"};
    extension.settings =
        parse_json(R"({"type": "object", "additionalProperties": false, "properties": {
      "passphrase-file": {"type": "string", "description": "file whose first line protects the root key"},
      "common-name": {"type": "string", "description": "of the root", "default": "Root CA"}}})",
                   "schema");
    return extension;
  }

  CaRoots roots(const CaRequest& request, const Host& host) override {
    const std::optional<Root> current = load(request, host, k_current);
    const std::optional<Root> next = load(request, host, k_next);
    CaRoots answer;
    answer.where = request.folder;
    if (!current) return answer;
    answer.roots = {current->certificate.pem};
    answer.signer = current->certificate.pem;
    if (next && next->certificate.sha256 != current->certificate.sha256) {
      answer.roots.push_back(next->certificate.pem);
      answer.next = next->certificate.pem;
    }
    return answer;
  }

  CaIssued issue(const CaIssueRequest& request, const Host& host) override {
    CaIssued answer;
    std::optional<Root> root = load(request, host, k_current);
    if (!root) {
      root = make(request, host);
      answer.keep.push_back(file_of(request, k_current, *root, false));
    }
    answer.roots = {root->certificate.pem};
    const std::optional<Root> next = load(request, host, k_next);
    if (next && next->certificate.sha256 != root->certificate.sha256)
      answer.roots.push_back(next->certificate.pem);
    sign(answer, request, *root, host);
    return answer;
  }

  CaIssued rotate(const CaIssueRequest& request, const Host& host) override {
    const std::optional<Root> current = load(request, host, k_current);
    if (!current)
      throw Failure("refused", "there is no root to rotate",
                    "kubectl mesh certs install makes one");
    std::optional<Root> next = load(request, host, k_next);
    if (next && next->certificate.sha256 == current->certificate.sha256) next.reset();
    CaIssued answer;
    if (request.stage == RotationStage::trust && !next) {
      next = make(request, host);
      answer.keep.push_back(file_of(request, k_next, *next, true));
    }
    if (!next && request.stage != RotationStage::drop)
      throw Failure("refused", "no new root was introduced yet");
    if (request.stage == RotationStage::drop) {
      if (next) answer.keep.push_back(file_of(request, k_current, *next, true));
      answer.roots = {next ? next->certificate.pem : current->certificate.pem};
      return answer;
    }
    answer.roots = {current->certificate.pem, next->certificate.pem};
    if (request.stage == RotationStage::sign) sign(answer, request, *next, host);
    return answer;
  }

 private:
  static std::string passphrase(const CaRequest& request) {
    const std::string path = request.settings.value("passphrase-file", std::string());
    return path.empty() ? "" : first_line(read_small_file(path));
  }

  static std::optional<Root> load(const CaRequest& request, const Host& host, const char* name) {
    const std::optional<std::string> text = host.stored(request.folder, name);
    if (!text) return std::nullopt;
    const std::string what = "the kept root (" + std::string(name) + ")";
    return Root{read_certificates(*text, what).front(), read_key(*text, passphrase(request), what)};
  }

  static Root make(const CaRequest& request, const Host& host) {
    const PrivateKey key = make_key(request.policy.key);
    const std::string name = request.settings.value("common-name", std::string("Root CA"));
    return {read_certificates(make_root(key, name, host.now(), request.policy.root_days),
                              "the new root")
                .front(),
            key};
  }

  static StoredFile file_of(const CaRequest& request, const char* name, const Root& root,
                            bool replace) {
    return {.folder = request.folder,
            .name = name,
            .owner = {},
            .data = root.certificate.pem + protect_key(root.key, passphrase(request)),
            .replace = replace};
  }

  static void sign(CaIssued& answer, const CaIssueRequest& request, const Root& root,
                   const Host& host) {
    const Time now = host.now();
    if (root.certificate.not_after <= now)
      throw Failure("refused", "the root expired on " + date_text(root.certificate.not_after),
                    "introduce a new one: kubectl mesh certs rotate --root");
    for (const CertificateRequest& asked : request.requests) {
      answer.issued.push_back(
          {asked.cluster,
           {sign_request(asked.csr, root.certificate, root.key, now, request.policy.days)}});
    }
  }
};

}  // namespace

ExtensionPtr make_self_signed() {
  return std::make_unique<SelfSigned>();
}

}  // namespace mesh::certs
