#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mesh/documents.hpp"
#include "mesh/host.hpp"
#include "mesh/view.hpp"

// What a plugin author writes: a class per extension point, and one line
//     MESH_PLUGIN("acme-ca", "1.0.0", "signs with Acme's CA", "Acme <pki@acme.example>", new
//     AcmeCa)
// Methods may throw; whatever they throw reaches the host as a Problem. They run on one thread.

namespace mesh {

class ExtensionPoint;
using ExtensionPtr = std::unique_ptr<ExtensionPoint>;

/// What all extension points have in common; derive from the classes below, not from this.
class ExtensionPoint {
 public:
  virtual ~ExtensionPoint() = default;
  virtual Extension describe() const = 0;
  /// Throws Failure("unsupported") on a verb that the point does not have.
  virtual Json invoke(std::string_view verb, const Json& request, const Host& host) = 0;
};

// ---- command/1: a concern and its verbs
// -----------------------------------------------------------

struct CommandRequest {
  std::string verb;
  std::vector<std::string> clusters;  ///< names of the contexts, in the operator's order
  Json options = Json::object();      ///< by name; only what the operator gave
  Json settings = Json::object();     ///< the concern's section of mesh.yaml with --set on top
  MeshView mesh{};                    ///< what all concerns agree on
  /// A look ahead of `plan` and `up`: concerns before this one are not applied yet; what they will
  /// bring is a note and no refusal.
  bool ahead = false;
  /// Part of `down`: what the concern keeps for the others (a shared namespace) may go as well.
  bool ending = false;
  /// The plan becomes files (--output-dir): it also names what exists already as desired.
  bool complete = false;

  std::string text(const std::string& option, std::string fallback = {}) const;
  bool flag(const std::string& option) const;
  std::int64_t number(const std::string& option, std::int64_t fallback) const;
  /// "36h", "30d", "10y" in seconds. Throws Failure("invalid-input").
  std::chrono::seconds duration(const std::string& option, std::chrono::seconds fallback) const;
};

/// A verb with `changes` answers with a Plan, the others with a Report.
struct CommandVerb {
  Verb declared;
  Plan (*plan)(const CommandRequest&, const Host&) = nullptr;
  Report (*report)(const CommandRequest&, const Host&) = nullptr;
};

class Command : public ExtensionPoint {
 public:
  /// `settings`: JSON Schema of the concern's section of mesh.yaml; empty: anything goes.
  Command(std::string name, std::string summary, std::vector<CommandVerb> verbs,
          Lifecycle lifecycle = {}, Json settings = Json::object(), Needs needs = {});
  Extension describe() const override;
  Json invoke(std::string_view verb, const Json& request, const Host& host) override;

 private:
  std::string m_name;
  std::string m_summary;
  std::vector<CommandVerb> m_verbs;
  Lifecycle m_lifecycle;
  Json m_settings;
  Needs m_needs;
};

// ---- ca/1: a certificate authority
// ---------------------------------------------------------------- The certs concern makes the keys
// and the requests; a strategy says what its roots are and turns a request into a chain. It never
// sees an intermediate's private key, a Secret or a cluster.

struct CaPolicy {
  std::string key =
      "p256";  ///< of a root that is to be made: p256, p384, rsa2048, rsa3072, rsa4096
  std::int64_t root_days = 3650;
  std::int64_t days = 365;  ///< of an intermediate; never beyond its issuer
  std::string trust_domain = "cluster.local";
};

struct CaRequest {
  Json settings = Json::object();
  std::string folder;  ///< --ca-dir, for store/1 and StoredFile; empty: the default
  CaPolicy policy;
};

struct CaRoots {
  std::vector<std::string> roots;  ///< PEM, what clusters are to trust; empty: none made yet
  std::string signer;              ///< PEM, the root or issuer that signs now
  std::string next;   ///< PEM, a root that a rotation has begun to introduce; empty: none
  std::string where;  ///< for the operator: "~/.local/share/kubectl-mesh/self-signed", a URL, ...
  std::int64_t seconds = 0;  ///< how long issuing usually takes; 0: not worth a word
};

struct CertificateRequest {
  std::string cluster;
  std::string csr;  ///< PEM; subject and SANs as the certs concern wants them
};

/// Trust both roots, sign with the new one, drop the old one; abort: drop the new one, which no
/// certificate comes from any more.
enum class RotationStage { none, trust, sign, drop, abort };

struct CaIssueRequest : CaRequest {
  std::vector<CertificateRequest> requests;  ///< none in the stages trust and drop
  RotationStage stage = RotationStage::none;
  std::string token{};  ///< issue: of the CaPending that was answered before; empty: none was
};

struct IssuedCertificate {
  std::string cluster;
  std::vector<std::string>
      chain;  ///< PEM: the signing CA first, then its issuers; without the root
};

/// Requests that wait, for an approval: `certs install` ends with exit status 3, and asks again
/// with the token and the same requests when the operator runs it again.
struct CaPending {
  std::string token;    ///< by which the strategy finds them again; never shown
  std::string message;  ///< what is awaited, of whom
};

struct CaIssued {
  std::vector<IssuedCertificate> issued;
  std::vector<std::string> roots;  ///< PEM, what every cluster is to trust from now on
  std::vector<StoredFile> keep;  ///< what the strategy must find again; written before any cluster
  std::vector<Problem> refused{};  ///< issue: requests that are not signed, each with its cluster
  std::optional<CaPending> pending{};  ///< issue: those that are neither issued nor refused
};

/// A whole signing set that somebody else made, for strategies that bring keys.
struct CaSet {
  std::string cluster;
  std::string certificate;  ///< PEM: may hold the chain behind it
  std::string key;          ///< PEM, not encrypted
  std::vector<std::string> chain;
  std::vector<std::string> roots;
};

/// The abilities in describe().abilities say which methods are there: "issue", "bring", "rotate".
class CaStrategy : public ExtensionPoint {
 public:
  virtual CaRoots roots(const CaRequest& request, const Host& host) = 0;
  virtual CaIssued issue(const CaIssueRequest& request, const Host& host);
  /// Called instead of issue() for a root rotation; `stage` says which step.
  virtual CaIssued rotate(const CaIssueRequest& request, const Host& host);
  virtual std::vector<CaSet> bring(const CaRequest& request,
                                   const std::vector<std::string>& clusters, const Host& host);
  Json invoke(std::string_view verb, const Json& request, const Host& host) final;
};

/// A strategy as the certs concern calls it, wherever it lives: the other end of CaStrategy.
class CaClient {
 public:
  CaClient(std::string name, const Host& host);
  CaRoots roots(const CaRequest&) const;
  CaIssued issue(const CaIssueRequest&) const;
  CaIssued rotate(const CaIssueRequest&) const;
  std::vector<CaSet> bring(const CaRequest&, const std::vector<std::string>& clusters) const;

 private:
  std::string m_address;
  const Host& m_host;
};

// ---- check/1: rows of `verify`
// --------------------------------------------------------------------

struct CheckRequest {
  std::vector<std::string> clusters;
  Json options = Json::object();
  Json settings = Json::object();
  MeshView mesh{};
};

struct CheckResult {
  std::vector<Finding> findings;
  std::vector<Problem> problems;
  std::vector<Note> notes{};
};

class Check : public ExtensionPoint {
 public:
  virtual CheckResult run(const CheckRequest& request, const Host& host) = 0;
  Json invoke(std::string_view verb, const Json& request, const Host& host) final;
};

// ---- the library
// ----------------------------------------------------------------------------------

/// What MESH_PLUGIN makes: the extensions of a library behind the C functions.
class Library {
 public:
  Library(std::string name, std::string version, std::string summary, std::string author,
          std::vector<ExtensionPtr> extensions);
  const std::string& manifest() const { return m_manifest; }
  ExtensionPoint* find(std::string_view address);

 private:
  std::map<std::string, ExtensionPtr, std::less<>> m_extensions;
  std::string m_manifest;
};

namespace detail {
using LibraryMaker = Library& (*)();
const mesh_plugin* plugin_of(LibraryMaker library) noexcept;

template <typename... Made>
std::vector<ExtensionPtr> own(Made*... made) {
  std::vector<ExtensionPtr> list;
  (list.emplace_back(made), ...);
  return list;
}
}  // namespace detail

}  // namespace mesh

// The extensions are made at the first call of the exported symbol, not in a static constructor.
#define MESH_PLUGIN(name, version, summary, author, ...)                   \
  namespace {                                                              \
  ::mesh::Library& mesh_library() {                                        \
    static ::mesh::Library library(name, version, summary, author,         \
                                   ::mesh::detail::own(__VA_ARGS__));      \
    return library;                                                        \
  }                                                                        \
  }                                                                        \
  extern "C" MESH_EXPORT const mesh_plugin* kubectl_mesh_plugin_v1(void) { \
    return ::mesh::detail::plugin_of(&mesh_library);                       \
  }
