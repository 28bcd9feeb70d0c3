#include <algorithm>

#include "at_once.hpp"
#include "facts.hpp"
#include "operator_files.hpp"
#include "verbs.hpp"

namespace mesh::certs {

namespace {

constexpr const char* k_current = "root.pem";
constexpr const char* k_next = "root-next.pem";
constexpr const char* k_previous = "root-previous.pem";
constexpr const char* k_aborted = "root-aborted.pem";

/// A root with its key, as one file holds them: written whole or not at all.
struct Kept {
  std::string name;
  SecretText text;
  Certificate certificate;
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
      "common-name": {"type": "string", "minLength": 1, "maxLength": 64, "description": "of the root", "default": "Root CA"}}})",
                   "schema");
    add_passphrase_settings(extension.settings);
    return extension;
  }

  CaRoots roots(const CaRequest& request, const Host& host) override {
    const std::optional<Kept> current = load(request, host, k_current);
    const std::optional<Kept> next = introduced(request, host, current);
    CaRoots answer;
    answer.where = request.folder;
    if (!current) return answer;
    answer.roots = {current->certificate.pem};
    answer.signer = current->certificate.pem;
    if (next) {
      answer.roots.push_back(next->certificate.pem);
      answer.next = next->certificate.pem;
    }
    return answer;
  }

  CaIssued issue(const CaIssueRequest& request, const Host& host) override {
    CaIssued answer;
    std::optional<Kept> root = load(request, host, k_current);
    if (!root) {
      const SecretText passphrase = passphrase_of(request.settings, host, true);
      root = made(request, host, passphrase, answer, {k_current, false});
      answer.roots = {root->certificate.pem};
      sign(answer, request, *root, passphrase, host);
      return answer;
    }
    answer.roots = {root->certificate.pem};
    const std::optional<Kept> next = introduced(request, host, root);
    if (next) answer.roots.push_back(next->certificate.pem);
    sign(answer, request, *root, passphrase_of(request.settings, host), host);
    return answer;
  }

  CaIssued rotate(const CaIssueRequest& request, const Host& host) override {
    const std::optional<Kept> current = load(request, host, k_current);
    if (!current)
      throw Failure("refused", "there is no root to rotate",
                    "kubectl mesh certs install makes one");
    const std::optional<Kept> next = introduced(request, host, current);
    if (request.stage == RotationStage::trust) return trust(request, host, *current, next);
    if (request.stage == RotationStage::drop) return drop(request, *current, next);
    if (request.stage == RotationStage::abort) return abort(request, *current, next);
    if (!next) throw Failure("refused", "no new root was introduced yet");
    CaIssued answer;
    // The new root twice: a changed list is what makes a proxy ask for a certificate anew.
    answer.roots = {current->certificate.pem, next->certificate.pem, next->certificate.pem};
    sign(answer, request, *next, passphrase_of(request.settings, host), host);
    return answer;
  }

 private:
  static std::optional<Kept> load(const CaRequest& request, const Host& host, const char* name) {
    std::optional<std::string> text = host.stored(request.folder, name);
    if (!text) return std::nullopt;
    Kept kept{name, SecretText(std::move(*text)), {}};
    kept.certificate = read_certificates(kept.text.reveal(), what_is(name)).front();
    return kept;
  }

  /// The new root of a rotation; after its end the two files are the same.
  static std::optional<Kept> introduced(const CaRequest& request, const Host& host,
                                        const std::optional<Kept>& current) {
    std::optional<Kept> next = load(request, host, k_next);
    if (next && current && next->certificate.sha256 == current->certificate.sha256) next.reset();
    return next;
  }

  static CaIssued trust(const CaIssueRequest& request, const Host& host, const Kept& current,
                        std::optional<Kept> next) {
    CaIssued answer;
    if (!next) {
      const SecretText passphrase = passphrase_of(request.settings, host, true);
      if (passphrase.empty() && holds_encrypted_key(current.text.reveal()))
        throw Failure("invalid-input", "the old root's key is encrypted; the new one would not be",
                      "give a passphrase for it: --passphrase-file FILE, --passphrase-env NAME or "
                      "--ask-passphrase");
      // Replaced and not created: what a run creates stays when it is undone, and the rotation with
      // it.
      if (!host.stored(request.folder, k_next))
        answer.keep.push_back(file_of(request, k_next, current.text.reveal(), false));
      next = made(request, host, passphrase, answer, {k_next, true});
    }
    answer.roots = {current.certificate.pem, next->certificate.pem};
    return answer;
  }

  /// The files change their names; no key is opened. The old root stays beside: a cluster that was
  /// forgotten can only be helped with it.
  static CaIssued drop(const CaIssueRequest& request, const Kept& current,
                       const std::optional<Kept>& next) {
    CaIssued answer;
    answer.roots = {next ? next->certificate.pem : current.certificate.pem};
    if (!next) return answer;
    answer.keep.push_back(file_of(request, k_previous, current.text.reveal(), true));
    answer.keep.push_back(file_of(request, k_current, next->text.reveal(), true));
    return answer;
  }

  /// The new root is forgotten as after its rotation: both files are the same.
  static CaIssued abort(const CaIssueRequest& request, const Kept& current,
                        const std::optional<Kept>& next) {
    CaIssued answer;
    answer.roots = {current.certificate.pem};
    if (!next) return answer;
    answer.keep.push_back(file_of(request, k_aborted, next->text.reveal(), true));
    answer.keep.push_back(file_of(request, k_next, current.text.reveal(), true));
    return answer;
  }

  struct Place {
    const char* name;
    bool replace;
  };
  static Kept made(const CaRequest& request, const Host& host, const SecretText& passphrase,
                   CaIssued& answer, const Place& place) {
    const PrivateKey key = make_key(request.policy.key);
    const std::string name = request.settings.value("common-name", std::string("Root CA"));
    const std::string root = make_root(key, name, now_of(host), request.policy.root_days);
    Kept kept{place.name, SecretText(root + SecretText(protect_key(key, passphrase)).reveal()),
              read_certificates(root, "the new root").front()};
    answer.keep.push_back(file_of(request, place.name, kept.text.reveal(), place.replace));
    return kept;
  }

  static StoredFile file_of(const CaRequest& request, const char* name, const std::string& text,
                            bool replace) {
    return {.folder = request.folder, .name = name, .owner = {}, .data = text, .replace = replace};
  }

  static std::string what_is(const std::string& name) { return "the kept root (" + name + ")"; }

  static void sign(CaIssued& answer, const CaIssueRequest& request, const Kept& root,
                   const SecretText& passphrase, const Host& host) {
    const Time now = now_of(host);
    if (root.certificate.not_after <= now)
      throw Failure("refused", "the root expired on " + date_text(root.certificate.not_after),
                    "introduce a new one: kubectl mesh certs rotate --root");
    const PrivateKey key = read_key(root.text.reveal(), passphrase, what_is(root.name));
    answer.issued =
        at_once<IssuedCertificate>(request.requests, [&](const CertificateRequest& asked) {
          return IssuedCertificate{
              asked.cluster,
              {sign_request(asked.csr, root.certificate, key, now, request.policy.days)}};
        });
  }
};

}  // namespace

ExtensionPtr make_self_signed() {
  return std::make_unique<SelfSigned>();
}

}  // namespace mesh::certs
