#include "x509.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include "handles.hpp"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "mesh/problem.hpp"

namespace mesh::certs {

namespace {

constexpr std::size_t k_pem_max = std::size_t{1} << 20U;

// SHA-256 of Istio's samples/certs, whose private keys anybody can download.
constexpr std::array<std::string_view, 5> k_public_samples{
    "63727a1785cab47acec5c24cc0669c20824e8ae1ac28079a4d2f8c830592e7b0",
    "f867174e4a31f1792f8c0354a23f8f049bd4019729cd2ee579d67033065b2dc2",
    "11c9202c6be8ea5fcfb46d8591a8cf83b20eb97ade97234840851af8763ae428",
    "40ff5d9dcaa80833bb7291ef1f89acd9f4da11d6c6006b78897d3f9e2cff86b5",
    "677fbf661531ab421e73bfe7b2ebdb7ec5509174e3dfcd39d24b852e2d46d46c"};

[[noreturn]] void refuse(const std::string& what, const std::string& why, const std::string& hint) {
  throw Failure("invalid-input", what + " " + why, hint);
}

std::string hex_digest(const unsigned char* data, std::size_t size) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_Digest(data, size, digest.data(), &length, EVP_sha256(), nullptr);
  constexpr std::string_view k_digits = "0123456789abcdef";
  std::string text;
  for (unsigned int at = 0; at < length; ++at)
    text += {k_digits[digest[at] >> 4U], k_digits[digest[at] & 0xfU]};
  return text;
}

std::string key_hash(const EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  const std::string hash = hex_digest(der, static_cast<std::size_t>(std::max(size, 0)));
  OPENSSL_free(der);
  return hash;
}

std::string name_text(const X509_NAME* name) {
  const Bio bio = writing();
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  return text_of(bio);
}

Time time_of(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

std::string serial_text(const X509* certificate) {
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  char* text = BN_bn2hex(number);
  const std::string result = text;
  OPENSSL_free(text);
  BN_free(number);
  return result;
}

std::string key_text(EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) return "RSA " + std::to_string(bits);
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC) return "EC P-" + std::to_string(bits);
  return OBJ_nid2ln(EVP_PKEY_get_base_id(key));
}

Certificate describe(X509* certificate) {
  Certificate value;
  const Bio bio = writing();
  PEM_write_bio_X509(bio.get(), certificate);
  value.pem = text_of(bio);
  value.subject = name_text(X509_get_subject_name(certificate));
  value.issuer = name_text(X509_get_issuer_name(certificate));
  value.serial = serial_text(certificate);
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  value.sha256 = hex_digest(der, static_cast<std::size_t>(size));
  OPENSSL_free(der);
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key != nullptr) {
    value.key_hash = key_hash(key);
    value.key = key_text(key);
    value.key_bits = EVP_PKEY_get_bits(key);
  }
  value.not_before = time_of(X509_get0_notBefore(certificate));
  value.not_after = time_of(X509_get0_notAfter(certificate));
  value.is_ca = X509_check_ca(certificate) == 1;
  const long path_length = X509_get_pathlen(certificate);
  if (path_length >= 0) value.path_length = path_length;
  value.can_sign = (X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) != 0;
  value.signature = OBJ_nid2ln(X509_get_signature_nid(certificate));
  value.self_issued =
      X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
  return value;
}

/// What somebody put where a certificate belongs.
[[noreturn]] void not_a_certificate(const std::string& pem, const std::string& what) {
  if (pem.empty()) refuse(what, "is empty", "give a PEM certificate");
  if (pem.find("PRIVATE KEY-----") != std::string::npos)
    refuse(what, "is a private key, not a certificate",
           "give the certificate; the key goes elsewhere");
  if (pem.find("CERTIFICATE REQUEST-----") != std::string::npos)
    refuse(what, "is a certificate request, not a certificate", "have it signed first");
  if (pem.front() == 0x30)
    refuse(what, "is DER, not PEM", "convert it: openssl x509 -inform DER -in FILE");
  refuse(what, "holds no PEM certificate", "it must contain -----BEGIN CERTIFICATE-----");
}

int no_passphrase(char*, int, int, void*) {
  return 0;
}

int given_passphrase(char* buffer, int size, int, void* given) {
  const auto& text = *static_cast<const std::string*>(given);
  const int length = std::min(size, static_cast<int>(text.size()));
  std::copy_n(text.data(), length, buffer);
  return length;
}

}  // namespace

Cert parse_one(const std::string& pem) {
  return Cert(PEM_read_bio_X509(reading(pem).get(), nullptr, no_passphrase, nullptr));
}

Key parse_key(const std::string& pem) {
  return Key(PEM_read_bio_PrivateKey(reading(pem).get(), nullptr, no_passphrase, nullptr));
}

std::vector<Certificate> read_certificates(const std::string& pem, const std::string& what) {
  if (pem.size() > k_pem_max) refuse(what, "is larger than 1 MiB", "a CA bundle is a few KiB");
  std::vector<Certificate> list;
  const Bio bio = reading(pem);
  for (;;) {
    const Cert one(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
    if (!one) break;
    list.push_back(describe(one.get()));
  }
  ERR_clear_error();
  if (list.empty()) not_a_certificate(pem, what);
  return list;
}

PrivateKey read_key(const std::string& pem, const std::string& passphrase,
                    const std::string& what) {
  if (pem.size() > k_pem_max) refuse(what, "is larger than 1 MiB", "a key is a few KiB");
  const Bio bio = reading(pem);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr,
                                        passphrase.empty() ? no_passphrase : given_passphrase,
                                        const_cast<std::string*>(&passphrase)));
  ERR_clear_error();
  if (!key) {
    if (pem.find("ENCRYPTED") != std::string::npos) {
      refuse(what,
             passphrase.empty() ? "is encrypted and no passphrase was given"
                                : "does not open with that passphrase",
             "name a file that holds it with --passphrase-file");
    }
    if (pem.empty()) refuse(what, "is empty", "give a PEM private key");
    if (pem.find("BEGIN CERTIFICATE") != std::string::npos)
      refuse(what, "is a certificate, not a private key", "give the key that belongs to it");
    refuse(what, pem.front() == 0x30 ? "is DER, not PEM" : "holds no PEM private key",
           "it must contain -----BEGIN PRIVATE KEY-----");
  }
  const Bio out = writing();
  PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {text_of(out), key_hash(key.get())};
}

std::string chain_problem(const std::string& leaf, const std::vector<std::string>& chain,
                          const std::vector<std::string>& roots, Time now) {
  const std::unique_ptr<X509_STORE, FreeWith<X509_STORE_free>> store(X509_STORE_new());
  for (const std::string& root : roots) {
    const Cert certificate = parse_one(root);
    if (certificate) X509_STORE_add_cert(store.get(), certificate.get());
  }
  std::vector<Cert> owned;
  const std::unique_ptr<STACK_OF(X509),
                        decltype([](STACK_OF(X509) * stack) { sk_X509_free(stack); })>
      between(sk_X509_new_null());
  for (const std::string& pem : chain) {
    owned.push_back(parse_one(pem));
    if (owned.back()) sk_X509_push(between.get(), owned.back().get());
  }
  const Cert certificate = parse_one(leaf);
  if (!certificate) return "the certificate cannot be read";
  const std::unique_ptr<X509_STORE_CTX, FreeWith<X509_STORE_CTX_free>> context(
      X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), certificate.get(), between.get());
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
  X509_VERIFY_PARAM_set_time(rules, std::chrono::system_clock::to_time_t(now));
  if (X509_verify_cert(context.get()) == 1) return "";
  return X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

bool signed_by(const Certificate& certificate, const Certificate& issuer) {
  const Cert child = parse_one(certificate.pem);
  const Cert parent = parse_one(issuer.pem);
  const bool good =
      child && parent && X509_verify(child.get(), X509_get0_pubkey(parent.get())) == 1;
  ERR_clear_error();
  return good;
}

bool is_public_sample(const Certificate& certificate) {
  return std::find(k_public_samples.begin(), k_public_samples.end(), certificate.sha256) !=
         k_public_samples.end();
}

std::string short_fingerprint(const std::string& sha256) {
  std::string text;
  for (std::size_t at = 0; at < std::min<std::size_t>(16, sha256.size()); at += 2)
    text += (at == 0 ? "" : ":") + sha256.substr(at, 2);
  return text;
}

std::string date_text(Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

long days_left(const Certificate& certificate, Time now) {
  return std::chrono::duration_cast<std::chrono::hours>(certificate.not_after - now).count() / 24;
}

std::string join_pem(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += part.ends_with('\n') ? part : part + "\n";
  return text;
}

std::string base64(const std::string& bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                  reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  return text;
}

std::string from_base64(const std::string& text) {
  std::string bytes(3 * (text.size() / 4 + 1), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  const auto padding = static_cast<std::size_t>(std::count(text.begin(), text.end(), '='));
  bytes.resize(size < 0 ? 0
                        : static_cast<std::size_t>(size) -
                              std::min<std::size_t>(padding, static_cast<std::size_t>(size)));
  return bytes;
}

}  // namespace mesh::certs
