#include "signer.hpp"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "mesh/free_with.hpp"
#include "mesh/problem.hpp"

namespace corp {

namespace {

using Bio = std::unique_ptr<BIO, mesh::FreeWith<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, mesh::FreeWith<X509_free>>;
using Request = std::unique_ptr<X509_REQ, mesh::FreeWith<X509_REQ_free>>;
using Key = std::unique_ptr<EVP_PKEY, mesh::FreeWith<EVP_PKEY_free>>;
using Number = std::unique_ptr<BIGNUM, mesh::FreeWith<BN_free>>;
using ExtensionOf = std::unique_ptr<X509_EXTENSION, mesh::FreeWith<X509_EXTENSION_free>>;

constexpr int k_serial_bits = 127;
constexpr std::chrono::minutes k_clock_skew{5};

// The profile of an intermediate that istiod signs workloads with.
struct Row {
  int id;
  const char* value;
};
constexpr Row k_profile[] = {
    {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
    {NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"},
};

[[noreturn]] void refuse(const std::string& what) {
  ERR_clear_error();
  throw mesh::Failure("invalid-input", "corp-ca: " + what,
                      "check the settings root-cert and root-key of the strategy corp-ca");
}

void must(bool done, const char* what) {
  if (done) return;
  ERR_clear_error();
  throw mesh::Failure("internal", std::string("corp-ca: cannot ") + what);
}

std::string read(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  if (!file || !(content << file.rdbuf())) {
    refuse(path +
           (errno == 0 ? " is empty" : " cannot be read: " + std::string(std::strerror(errno))));
  }
  return content.str();
}

Bio reader(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string pem_of(X509* certificate) {
  const Bio out(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_X509(out.get(), certificate) == 1, "write a certificate");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

/// An encrypted key would otherwise make OpenSSL ask on the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

void add_extension(X509* certificate, X509V3_CTX* context, const Row& row) {
  const ExtensionOf extension(X509V3_EXT_conf_nid(nullptr, context, row.id, row.value));
  must(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1,
       "add an extension");
}

/// SANs are the requester's to choose; nothing else that he asked for is taken over.
void copy_alternative_names(X509_REQ* request, X509* certificate) {
  STACK_OF(X509_EXTENSION)* asked = X509_REQ_get_extensions(request);
  const int at = X509v3_get_ext_by_NID(asked, NID_subject_alt_name, -1);
  const bool done = at < 0 || X509_add_ext(certificate, X509v3_get_ext(asked, at), -1) == 1;
  sk_X509_EXTENSION_pop_free(asked, X509_EXTENSION_free);
  must(done, "copy the alternative names");
}

void set_dates(X509* certificate, X509* issuer, std::chrono::system_clock::time_point now,
               std::int64_t days) {
  const std::time_t start = std::chrono::system_clock::to_time_t(now - k_clock_skew);
  std::time_t end = std::chrono::system_clock::to_time_t(now);
  must(ASN1_TIME_set(X509_getm_notBefore(certificate), start) != nullptr &&
           X509_time_adj_ex(X509_getm_notAfter(certificate), static_cast<int>(days), 0, &end) !=
               nullptr,
       "set the dates");
  const ASN1_TIME* latest = X509_get0_notAfter(issuer);
  if (ASN1_TIME_compare(X509_get0_notAfter(certificate), latest) > 0) {
    must(X509_set1_notAfter(certificate, latest) == 1, "set the dates");
  }
}

void set_serial(X509* certificate) {
  const Number number(BN_new());
  must(BN_rand(number.get(), k_serial_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
       "make a serial number");
}

Request read_request(const std::string& csr) {
  Request request(PEM_read_bio_X509_REQ(reader(csr).get(), nullptr, no_passphrase, nullptr));
  if (!request) refuse("the certificate request is no PEM");
  if (X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())) != 1) {
    refuse("the certificate request is not signed with its own key");
  }
  return request;
}

}  // namespace

struct Signer::Parts {
  Certificate root;
  Key key;
  std::string pem;
};

Signer::Signer(const std::string& certificate_path, const std::string& key_path)
    : m_parts(std::make_unique<Parts>()) {
  Parts& parts = *m_parts;
  parts.root.reset(
      PEM_read_bio_X509(reader(read(certificate_path)).get(), nullptr, no_passphrase, nullptr));
  if (!parts.root) refuse(certificate_path + " holds no certificate in PEM");
  std::string secret = read(key_path);
  parts.key.reset(PEM_read_bio_PrivateKey(reader(secret).get(), nullptr, no_passphrase, nullptr));
  OPENSSL_cleanse(secret.data(), secret.size());
  if (!parts.key) refuse(key_path + " holds no unencrypted private key in PEM");
  if (X509_check_private_key(parts.root.get(), parts.key.get()) != 1) {
    refuse(key_path + " is not the key of " + certificate_path);
  }
  if (X509_check_ca(parts.root.get()) != 1) refuse(certificate_path + " is not a CA certificate");
  parts.pem = pem_of(parts.root.get());
}

Signer::Signer(Signer&&) noexcept = default;
Signer::~Signer() = default;

const std::string& Signer::root() const {
  return m_parts->pem;
}

std::string Signer::sign(const std::string& csr, std::chrono::system_clock::time_point now,
                         std::int64_t days) const {
  const Request request = read_request(csr);
  X509* root = m_parts->root.get();
  const Certificate made(X509_new());
  must(X509_set_version(made.get(), X509_VERSION_3) == 1 &&
           X509_set_subject_name(made.get(), X509_REQ_get_subject_name(request.get())) == 1 &&
           X509_set_issuer_name(made.get(), X509_get_subject_name(root)) == 1 &&
           X509_set_pubkey(made.get(), X509_REQ_get0_pubkey(request.get())) == 1,
       "make a certificate");
  set_serial(made.get());
  set_dates(made.get(), root, now, days);

  X509V3_CTX context;
  X509V3_set_ctx(&context, root, made.get(), request.get(), nullptr, 0);
  for (const Row& row : k_profile) add_extension(made.get(), &context, row);
  copy_alternative_names(request.get(), made.get());
  must(X509_sign(made.get(), m_parts->key.get(), EVP_sha256()) > 0, "sign");
  return pem_of(made.get());
}

}  // namespace corp
