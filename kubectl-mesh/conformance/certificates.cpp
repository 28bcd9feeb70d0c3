#include "conformance/certificates.hpp"

#include <map>
#include <memory>

#include <openssl/bn.h>

#include "plugin/x509_handles.hpp"

namespace mesh::conformance {

namespace {

using x509::Bio;
using x509::Certificate;
using x509::parse;
using x509::Request;
using x509::Stack;
using x509::Store;
using x509::StoreContext;
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;

constexpr int k_hour = 3600;

EVP_PKEY* key_of(const std::string& cluster) {
  static std::map<std::string, Key> keys;
  Key& key = keys[cluster];
  if (!key) key.reset(EVP_EC_gen("P-256"));
  return key.get();
}

void name(X509_NAME* subject, const char* field, const std::string& value) {
  X509_NAME_add_entry_by_txt(subject, field, MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(value.c_str()), -1, -1, 0);
}

/// A cluster's request for `key`, signed with `signer`.
std::string request_of(const std::string& cluster, EVP_PKEY* key, EVP_PKEY* signer) {
  const Request request(X509_REQ_new());
  X509_NAME* subject = X509_REQ_get_subject_name(request.get());
  name(subject, "CN", "Intermediate CA");
  name(subject, "L", cluster);
  X509_REQ_set_pubkey(request.get(), key);
  STACK_OF(X509_EXTENSION)* extensions = sk_X509_EXTENSION_new_null();
  const std::string host = "DNS:istiod." + cluster + ".svc";
  sk_X509_EXTENSION_push(extensions,
                         X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, host.c_str()));
  X509_REQ_add_extensions(request.get(), extensions);
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  X509_REQ_sign(request.get(), signer, EVP_sha256());
  const Bio out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_REQ(out.get(), request.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

/// Whether `target` leads to one of the roots by way of `between`; why not, in OpenSSL's words.
std::string verify(X509* target, STACK_OF(X509) * between, const std::vector<std::string>& roots) {
  const Store store(X509_STORE_new());
  for (const std::string& pem : roots) {
    const Certificate root = parse(pem);
    if (!root) return "one of the roots is no certificate in PEM";
    X509_STORE_add_cert(store.get(), root.get());
  }
  X509_STORE_set_flags(store.get(), X509_V_FLAG_X509_STRICT);
  const StoreContext context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), target, between);
  if (X509_verify_cert(context.get()) == 1) return {};
  return X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

/// The certificates of a chain; those that are none are left out.
Stack stack_of(const std::vector<std::string>& chain) {
  Stack stack(sk_X509_new_null());
  for (const std::string& pem : chain) {
    if (Certificate certificate = parse(pem)) sk_X509_push(stack.get(), certificate.release());
  }
  return stack;
}

/// What istiod makes for a pod.
Certificate workload_of(X509* authority, EVP_PKEY* key) {
  Certificate made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), k_hour);
  X509_set_issuer_name(made.get(), X509_get_subject_name(authority));
  X509_set_pubkey(made.get(), key);
  X509V3_CTX context;
  X509V3_set_ctx(&context, authority, made.get(), nullptr, nullptr, 0);
  for (const auto& [id, value] :
       {std::pair(NID_key_usage, "critical,digitalSignature,keyEncipherment"),
        std::pair(NID_authority_key_identifier, "keyid"),
        std::pair(NID_subject_alt_name,
                  "critical,URI:spiffe://cluster.local/ns/default/sa/default")}) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value);
    X509_add_ext(made.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(made.get(), key, EVP_sha256());
  return made;
}

}  // namespace

const std::string& intermediate_request(const std::string& cluster) {
  static std::map<std::string, std::string> requests;
  std::string& request = requests[cluster];
  if (request.empty()) request = request_of(cluster, key_of(cluster), key_of(cluster));
  return request;
}

std::string forged_request() {
  const Key other(EVP_EC_gen("P-256"));
  const Key signer(EVP_EC_gen("P-256"));
  return request_of("alpha", other.get(), signer.get());
}

std::string bad_workload(const std::string& cluster, const Issuance& issued) {
  if (issued.chain.empty()) return "there is no certificate";
  const Certificate authority = parse(issued.chain.front());
  if (!authority) return "the chain does not begin with a certificate in PEM";
  const Certificate workload = workload_of(authority.get(), key_of(cluster));
  return verify(workload.get(), stack_of(issued.chain).get(), issued.roots);
}

std::string serial_of(const std::string& pem) {
  const Certificate certificate = parse(pem);
  if (!certificate) return {};
  const std::unique_ptr<BIGNUM, FreeWith<BN_free>> number(
      ASN1_INTEGER_to_BN(X509_get_serialNumber(certificate.get()), nullptr));
  char* text = BN_bn2hex(number.get());
  std::string hex = text;
  OPENSSL_free(text);
  return hex;
}

}  // namespace mesh::conformance
