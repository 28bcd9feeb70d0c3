#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mesh/json.hpp"

namespace mesh::certs {

// What istiod makes of Secret cacerts, whose keys are files to it: pilot/pkg/bootstrap/istio_ca.go
// and security/pkg/pki/util in Istio's repository. Its Go reads less than OpenSSL does.

/// The names of the four files.
struct FileNames {
  std::string_view ca_cert, ca_key, cert_chain, root_cert;
  bool operator==(const FileNames&) const = default;
};
inline constexpr FileNames k_istio_names{"ca-cert.pem", "ca-key.pem", "cert-chain.pem",
                                         "root-cert.pem"};
/// As cert-manager and External Secrets write them.
inline constexpr FileNames k_tls_names{"tls.crt", "tls.key", "tls.crt", "ca.crt"};

/// Those that istiod reads: it takes the second kind as soon as there is a tls.crt, whatever the
/// type of the Secret.
const FileNames& names_read(const Json& data);

/// Why istiod cannot read what OpenSSL may read.
struct Objection {
  std::string why;  ///< the end of a sentence that begins with the file's name
  std::string fix;
};
std::optional<Objection> key_objection(const std::string& pem);
/// `signer`: the first block alone counts.
std::optional<Objection> certificate_objection(const std::string& pem, bool signer);

}  // namespace mesh::certs
