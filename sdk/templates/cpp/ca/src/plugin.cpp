// A certificate authority. It never sees an intermediate's private key: requests come in, chains go
// out. The root here is made at the first use, for trying; yours is asked where signer.cpp signs.

#include "signer.hpp"

#include "mesh/extension.hpp"

namespace {

using mesh::CaIssued;
using mesh::CaIssueRequest;
using mesh::CaRequest;
using mesh::CaRoots;
using mesh::Extension;
using mesh::Host;

constexpr const char* k_file = "root.pem";  // certificate and key, in the operator's own store

class TestCa : public mesh::CaStrategy {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "ca/1";
    extension.name = "@NAME@";
    extension.summary = "signs with a root that it makes at its first use";
    extension.abilities = {"issue"};
    return extension;
  }

  CaRoots roots(const CaRequest& request, const Host& host) override {
    const auto kept = host.stored(request.folder, k_file);
    if (!kept) return {};
    const std::string root = Signer(*kept).root();
    return {.roots = {root}, .signer = root, .next = {}, .where = request.folder};
  }

  CaIssued issue(const CaIssueRequest& request, const Host& host) override {
    const auto now = std::chrono::system_clock::to_time_t(host.now());
    const auto kept = host.stored(request.folder, k_file);
    const std::string root =
        kept ? *kept : make_root("@NAME@ test root", now, request.policy.root_days);
    const Signer signer(root);
    CaIssued answer;
    answer.roots = {signer.root()};
    for (const auto& [cluster, csr] : request.requests) {
      answer.issued.push_back({cluster, {signer.sign(csr, now, request.policy.days)}});
    }
    // Written by the host, before it changes any cluster.
    if (!kept) answer.keep = {{.folder = request.folder, .name = k_file, .data = root}};
    return answer;
  }
};

}  // namespace

MESH_PLUGIN("@NAME@", "0.1.0", "a certificate authority", "Your Name <you@example.com>", new TestCa)
