// A certificate authority of one company, as a team outside of kubectl mesh would write it: the
// root lies in two files that the operator names, and each cluster gets an intermediate signed by
// it.
//
//     certs:
//       strategy: corp-ca
//       root-cert: /etc/corp/root.pem
//       root-key: /etc/corp/root-key.pem

#include "signer.hpp"

#include "mesh/extension.hpp"

namespace {

using mesh::CaIssued;
using mesh::CaIssueRequest;
using mesh::CaRequest;
using mesh::CaRoots;
using mesh::Extension;
using mesh::Host;
using mesh::Json;

class CorpCa : public mesh::CaStrategy {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "ca/1";
    extension.name = "corp-ca";
    extension.summary = "signs with the company root in two files";
    extension.abilities = {"issue"};
    extension.settings = {{"type", "object"},
                          {"required", {"root-cert", "root-key"}},
                          {"additionalProperties", false},
                          {"properties",
                           {{"root-cert", path("PEM file of the root certificate")},
                            {"root-key", path("PEM file of its private key")}}}};
    return extension;
  }

  CaRoots roots(const CaRequest& request, const Host&) override {
    const corp::Signer signer = signer_of(request);
    return {.roots = {signer.root()},
            .signer = signer.root(),
            .next = {},
            .where = setting(request, "root-cert")};
  }

  CaIssued issue(const CaIssueRequest& request, const Host& host) override {
    const corp::Signer signer = signer_of(request);
    CaIssued answer;
    answer.roots = {signer.root()};
    for (const auto& [cluster, csr] : request.requests) {
      host.progress(cluster, "signing its intermediate with the company root");
      answer.issued.push_back({cluster, {signer.sign(csr, host.now(), request.policy.days)}});
    }
    return answer;
  }

 private:
  static Json path(const char* description) {
    return {{"type", "string"}, {"format", "path"}, {"minLength", 1}, {"description", description}};
  }

  static std::string setting(const CaRequest& request, const char* name) {
    const auto field = request.settings.find(name);
    if (field != request.settings.end() && field->is_string()) return field->get<std::string>();
    throw mesh::Failure("invalid-input",
                        std::string("corp-ca: the setting ") + name + " is missing",
                        std::string("add --set ") + name + "=PATH, or write it in mesh.yaml");
  }

  static corp::Signer signer_of(const CaRequest& request) {
    return {setting(request, "root-cert"), setting(request, "root-key")};
  }
};

}  // namespace

MESH_PLUGIN("corp-ca", "1.0.0", "certificates from the company root", "Corp PKI <pki@corp.example>",
            new CorpCa)
