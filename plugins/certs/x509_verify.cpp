#include <algorithm>
#include <array>

#include "handles.hpp"
#include "x509.hpp"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace mesh::certs {

namespace {

using Stack =
    std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * stack) { sk_X509_free(stack); })>;
using Store = std::unique_ptr<X509_STORE, FreeWith<X509_STORE_free>>;
using Crl = std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>>;
using Context = std::unique_ptr<X509_STORE_CTX, FreeWith<X509_STORE_CTX_free>>;

constexpr int k_any_purpose = 0;

/// What OpenSSL says to `leaf`; "" for yes.
std::string verdict(X509* leaf, const std::vector<Certificate>& chain,
                    const std::vector<Certificate>& roots, std::optional<Time> now, int purpose) {
  const Store store(X509_STORE_new());
  for (const Certificate& root : roots)
    X509_STORE_add_cert(store.get(), parse_certificate(root.pem).get());
  std::vector<Cert> owned;
  const Stack between(sk_X509_new_null());
  for (const Certificate& one : chain) {
    owned.push_back(parse_certificate(one.pem));
    sk_X509_push(between.get(), owned.back().get());
  }
  const Context context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), leaf, between.get());
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE |
                                         (now ? 0U : X509_V_FLAG_NO_CHECK_TIME));
  if (now) X509_VERIFY_PARAM_set_time(rules, now->time_since_epoch().count());
  if (purpose != k_any_purpose) X509_STORE_CTX_set_purpose(context.get(), purpose);
  const bool good = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return good ? "" : X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

/// What istiod would give to a workload.
Cert trial_workload(X509* signer, EVP_PKEY* signer_key) {
  Cert leaf = blank_certificate();
  const Key key(EVP_EC_gen("P-256"));
  X509_set1_notBefore(leaf.get(), X509_get0_notBefore(signer));
  X509_set1_notAfter(leaf.get(), X509_get0_notAfter(signer));
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(signer));
  X509_set_pubkey(leaf.get(), key.get());
  struct Row {
    int nid;
    const char* value;
  };
  // Istio's leaves have no subject, so their alternative name is critical.
  constexpr std::array<Row, 6> k_profile{
      {{NID_key_usage, "critical,digitalSignature,keyEncipherment"},
       {NID_ext_key_usage, "serverAuth,clientAuth"},
       {NID_basic_constraints, "critical,CA:FALSE"},
       {NID_subject_key_identifier, "hash"},
       {NID_authority_key_identifier, "keyid"},
       {NID_subject_alt_name, "critical,URI:spiffe://cluster.local/ns/default/sa/default"}}};
  for (const Row& row : k_profile) add_extension(leaf.get(), signer, row.nid, row.value);
  require(X509_sign(leaf.get(), signer_key, EVP_sha256()) > 0, "sign a certificate for the trial");
  return leaf;
}

}  // namespace

std::string chain_problem(const Certificate& signer, const std::vector<Certificate>& chain,
                          const std::vector<Certificate>& roots, std::optional<Time> now) {
  return verdict(parse_certificate(signer.pem).get(), chain, roots, now, k_any_purpose);
}

std::string workload_problem(const Certificate& signer, const PrivateKey& key,
                             const std::vector<Certificate>& chain,
                             const std::vector<Certificate>& roots, std::optional<Time> now) {
  const Cert parent = parse_certificate(signer.pem);
  const Cert leaf = trial_workload(parent.get(), opened(key).get());
  for (const int purpose : {X509_PURPOSE_SSL_SERVER, X509_PURPOSE_SSL_CLIENT}) {
    const std::string problem = verdict(leaf.get(), chain, roots, now, purpose);
    if (!problem.empty()) return problem;
  }
  return "";
}

std::string crl_problem(const std::string& pem, const std::vector<Certificate>& chain) {
  std::vector<Crl> lists;
  const Bio bio = reading(pem);
  while (Crl list{PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)})
    lists.push_back(std::move(list));
  ERR_clear_error();
  if (lists.empty()) return "holds no revocation list";
  for (const Certificate& one : chain) {
    const Cert issuer = parse_certificate(one.pem);
    const bool covered = std::any_of(lists.begin(), lists.end(), [&](const Crl& list) {
      return X509_CRL_verify(list.get(), X509_get0_pubkey(issuer.get())) == 1;
    });
    ERR_clear_error();
    if (!covered) return "lacks the list of " + one.subject;
  }
  return "";
}

bool signed_by(const Certificate& certificate, const Certificate& issuer) {
  const Cert child = parse_certificate(certificate.pem);
  const Cert parent = parse_certificate(issuer.pem);
  const bool good =
      child && parent && X509_verify(child.get(), X509_get0_pubkey(parent.get())) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace mesh::certs
