#include "istiod_files.hpp"

#include <algorithm>
#include <array>

#include "pem.hpp"

namespace mesh::certs {

namespace {

/// The kinds that ParsePemEncodedKey knows.
constexpr std::array<std::string_view, 3> k_key_labels{"PRIVATE KEY", "RSA PRIVATE KEY",
                                                       "EC PRIVATE KEY"};
/// The only kind that a CertPool takes up.
constexpr std::string_view k_certificate_label = "CERTIFICATE";

constexpr const char* k_convert_key =
    "write the key as PKCS#8 where the Secret is made: openssl pkcs8 -topk8 -nocrypt -in KEY -out "
    "CLEAN-KEY";
constexpr const char* k_convert_certificates =
    "write each certificate anew where the Secret is made: openssl x509 -in FILE -out CLEAN-FILE";

std::string first_block_text(const Pem::Block& first) {
  return "begins with a block " + std::string(first.label) +
         "; istiod reads the first block only and does not start with it";
}

}  // namespace

const FileNames& names_read(const Json& data) {
  return data.is_object() && data.contains(k_tls_names.ca_cert) ? k_tls_names : k_istio_names;
}

std::optional<Objection> key_objection(const std::string& text) {
  const Pem pem(text, "the key");
  if (pem.blocks().empty()) return std::nullopt;
  const Pem::Block& first = pem.blocks().front();
  if (std::find(k_key_labels.begin(), k_key_labels.end(), first.label) == k_key_labels.end())
    return Objection{first_block_text(first), k_convert_key};
  if (!first.encrypted()) return std::nullopt;
  return Objection{"is encrypted; istiod has no passphrase and does not start with it",
                   k_convert_key};
}

std::optional<Objection> certificate_objection(const std::string& text, bool signer) {
  const Pem pem(text, "the certificate");
  const std::vector<Pem::Block>& blocks = pem.blocks();
  if (blocks.empty()) return std::nullopt;
  if (signer && blocks.front().label != k_certificate_label)
    return Objection{first_block_text(blocks.front()), k_convert_certificates};
  const auto odd = std::find_if(blocks.begin(), blocks.end(), [](const Pem::Block& block) {
    return block.is_certificate() && block.label != k_certificate_label;
  });
  if (odd == blocks.end()) return std::nullopt;
  return Objection{"holds a block " + std::string(odd->label) +
                       "; istiod reads certificates from blocks CERTIFICATE only",
                   k_convert_certificates};
}

}  // namespace mesh::certs
