#include <algorithm>
#include <array>

#include "handles.hpp"
#include "x509.hpp"
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "mesh/problem.hpp"

namespace mesh::certs {

namespace {

using PlainKey = std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreeWith<PKCS8_PRIV_KEY_INFO_free>>;
using EncryptedKey = std::unique_ptr<X509_SIG, FreeWith<X509_SIG_free>>;
using AlgorithmId = std::unique_ptr<X509_ALGOR, FreeWith<X509_ALGOR_free>>;

constexpr std::chrono::minutes k_backdated{10};  // clocks of API servers and ours differ

std::time_t seconds(Time time) {
  return time.time_since_epoch().count();
}

void add_name(X509_NAME* name, const char* field, const std::string& value) {
  require(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(value.data()),
                                     static_cast<int>(value.size()), -1, 0) == 1,
          "write a name");
}

/// The cluster's name, cut to what X.509 allows and never in the middle of a letter.
std::string locality(std::string cluster) {
  constexpr std::size_t k_locality_max = 128;
  if (cluster.size() <= k_locality_max) return cluster;
  std::size_t end = k_locality_max;
  while (end > 0 && (static_cast<unsigned char>(cluster[end]) & 0xC0U) == 0x80U) --end;
  return cluster.substr(0, end);
}

std::string to_pem(X509* certificate) {
  const Bio bio = writing();
  PEM_write_bio_X509(bio.get(), certificate);
  return text_of(bio);
}

struct Algorithm {
  std::string_view word;
  const char* curve;  ///< null: RSA
  unsigned bits;
};
constexpr std::array<Algorithm, 5> k_algorithms{{{"p256", "P-256", 256},
                                                 {"p384", "P-384", 384},
                                                 {"rsa2048", nullptr, 2048},
                                                 {"rsa3072", nullptr, 3072},
                                                 {"rsa4096", nullptr, 4096}}};

}  // namespace

void require(bool good, const char* what) {
  if (good) return;
  ERR_clear_error();
  throw Failure("internal", std::string("OpenSSL could not ") + what);
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  const bool added = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  require(added, "add an extension");
}

void set_times(X509* certificate, std::time_t from, std::time_t to) {
  require(ASN1_TIME_set(X509_getm_notBefore(certificate), from) != nullptr &&
              ASN1_TIME_set(X509_getm_notAfter(certificate), to) != nullptr,
          "write a date");
}

Cert blank_certificate() {
  Cert certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  BIGNUM* number = BN_new();
  const bool made = BN_rand(number, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
                    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get())) != nullptr;
  BN_free(number);
  require(made, "make a serial number");
  return certificate;
}

PrivateKey make_key(const std::string& algorithm) {
  const auto* row =
      std::find_if(k_algorithms.begin(), k_algorithms.end(),
                   [&](const Algorithm& candidate) { return candidate.word == algorithm; });
  if (row == k_algorithms.end())
    throw Failure("invalid-input", "the key algorithm \"" + algorithm + "\" is not known",
                  "choose p256, p384, rsa2048, rsa3072 or rsa4096");
  Key key(row->curve != nullptr ? EVP_EC_gen(row->curve) : EVP_RSA_gen(row->bits));
  require(key != nullptr, "make a key");
  return as_private_key(std::move(key));
}

std::string make_request(const PrivateKey& key, const std::string& cluster,
                         const std::string& istio_namespace) {
  const std::shared_ptr<EVP_PKEY> parsed = opened(key);
  const Request request(X509_REQ_new());
  X509_NAME* name = X509_REQ_get_subject_name(request.get());
  add_name(name, "O", "Istio");
  add_name(name, "CN", "Intermediate CA");
  add_name(name, "L", locality(cluster));
  X509_REQ_set_pubkey(request.get(), parsed.get());
  STACK_OF(X509_EXTENSION)* extensions = sk_X509_EXTENSION_new_null();
  const std::string host = "DNS:istiod." + istio_namespace + ".svc";
  sk_X509_EXTENSION_push(extensions,
                         X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, host.c_str()));
  X509_REQ_add_extensions(request.get(), extensions);
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  require(X509_REQ_sign(request.get(), parsed.get(), EVP_sha256()) > 0, "sign a request");
  const Bio bio = writing();
  PEM_write_bio_X509_REQ(bio.get(), request.get());
  return text_of(bio);
}

std::string make_root(const PrivateKey& key, const std::string& common_name, Time now, long days) {
  const std::shared_ptr<EVP_PKEY> parsed = opened(key);
  const Cert root = blank_certificate();
  set_times(root.get(), seconds(now - k_backdated), seconds(now + std::chrono::days(days)));
  X509_NAME* name = X509_get_subject_name(root.get());
  add_name(name, "O", "Istio");
  add_name(name, "CN", common_name);
  X509_set_issuer_name(root.get(), name);
  X509_set_pubkey(root.get(), parsed.get());
  add_extension(root.get(), root.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(root.get(), root.get(), NID_key_usage,
                "critical,keyCertSign,cRLSign,digitalSignature");
  add_extension(root.get(), root.get(), NID_subject_key_identifier, "hash");
  add_extension(root.get(), root.get(), NID_authority_key_identifier, "keyid:always");
  require(X509_sign(root.get(), parsed.get(), EVP_sha256()) > 0, "sign the root");
  return to_pem(root.get());
}

std::string sign_request(const std::string& request, const Certificate& issuer,
                         const PrivateKey& issuer_key, Time now, long days) {
  const Request asked(PEM_read_bio_X509_REQ(reading(request).get(), nullptr, nullptr, nullptr));
  if (!asked || X509_REQ_verify(asked.get(), X509_REQ_get0_pubkey(asked.get())) != 1) {
    ERR_clear_error();
    throw Failure("invalid-input", "a certificate request is not signed by its own key");
  }
  const Cert parent = parse_certificate(issuer.pem);
  const std::shared_ptr<EVP_PKEY> parent_key = opened(issuer_key);
  const Cert certificate = blank_certificate();
  set_times(certificate.get(), seconds(std::max<Time>(now - k_backdated, issuer.not_before)),
            seconds(std::min<Time>(now + std::chrono::days(days), issuer.not_after)));
  X509_set_subject_name(certificate.get(), X509_REQ_get_subject_name(asked.get()));
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(parent.get()));
  X509_set_pubkey(certificate.get(), X509_REQ_get0_pubkey(asked.get()));
  add_extension(certificate.get(), parent.get(), NID_basic_constraints,
                "critical,CA:TRUE,pathlen:0");
  add_extension(certificate.get(), parent.get(), NID_key_usage,
                "critical,keyCertSign,cRLSign,digitalSignature");
  add_extension(certificate.get(), parent.get(), NID_subject_key_identifier, "hash");
  add_extension(certificate.get(), parent.get(), NID_authority_key_identifier, "keyid:always");
  STACK_OF(X509_EXTENSION)* extensions = X509_REQ_get_extensions(asked.get());
  const int at = X509v3_get_ext_by_NID(extensions, NID_subject_alt_name, -1);
  if (at >= 0) X509_add_ext(certificate.get(), X509v3_get_ext(extensions, at), -1);
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  require(X509_sign(certificate.get(), parent_key.get(), EVP_sha256()) > 0, "sign an intermediate");
  return to_pem(certificate.get());
}

std::string protect_key(const PrivateKey& key, const SecretText& passphrase) {
  if (passphrase.empty()) return key.pem.reveal();
  // OpenSSL's own default is 2048 rounds: an afternoon's work for whoever finds the file.
  constexpr int k_rounds = 600'000;
  const std::shared_ptr<EVP_PKEY> parsed = opened(key);
  const PlainKey plain(EVP_PKEY2PKCS8(parsed.get()));
  AlgorithmId rule(
      PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), k_rounds, nullptr, 0, nullptr, NID_hmacWithSHA256));
  require(plain && rule, "encrypt a key");
  const std::string& word = passphrase.reveal();
  const EncryptedKey sealed(
      PKCS8_set0_pbe(word.data(), static_cast<int>(word.size()), plain.get(), rule.get()));
  require(sealed != nullptr, "encrypt a key");
  (void)rule.release();  // it is part of `sealed` now
  const Bio bio = writing();
  require(PEM_write_bio_PKCS8(bio.get(), sealed.get()) == 1, "write a key");
  return text_of(bio);
}

}  // namespace mesh::certs
