#include "signer.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "mesh/free_with.hpp"
#include "mesh/problem.hpp"

namespace {

using Bio = std::unique_ptr<BIO, mesh::FreeWith<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, mesh::FreeWith<X509_free>>;
using Request = std::unique_ptr<X509_REQ, mesh::FreeWith<X509_REQ_free>>;
using Key = std::unique_ptr<EVP_PKEY, mesh::FreeWith<EVP_PKEY_free>>;
using Number = std::unique_ptr<BIGNUM, mesh::FreeWith<BN_free>>;
using Part = std::unique_ptr<X509_EXTENSION, mesh::FreeWith<X509_EXTENSION_free>>;

constexpr int k_serial_bits = 127;
constexpr int k_clock_skew = 300;  // seconds

struct Row {
  int id;
  const char* value;
};
constexpr Row k_root_profile[] = {{NID_basic_constraints, "critical,CA:TRUE"},
                                  {NID_key_usage, "critical,keyCertSign,cRLSign"},
                                  {NID_subject_key_identifier, "hash"}};
constexpr Row k_intermediate_profile[] = {
    {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
    {NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"}};

void must(bool done, const char* what) {
  if (done) return;
  ERR_clear_error();
  throw mesh::Failure("failed", std::string("@NAME@ cannot ") + what);
}

Bio reader(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

template <typename Write>
std::string pem(const Write& write) {
  const Bio out(BIO_new(BIO_s_mem()));
  must(write(out.get()) == 1, "write PEM");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  return pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

Certificate begun(std::time_t now, long days) {
  Certificate made(X509_new());
  const Number serial(BN_new());
  std::time_t start = now - k_clock_skew;
  must(X509_set_version(made.get(), X509_VERSION_3) == 1 &&
           BN_rand(serial.get(), k_serial_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(made.get())) != nullptr &&
           ASN1_TIME_set(X509_getm_notBefore(made.get()), start) != nullptr &&
           X509_time_adj_ex(X509_getm_notAfter(made.get()), static_cast<int>(days), 0, &now) !=
               nullptr,
       "begin a certificate");
  return made;
}

template <std::size_t Count>
void add(X509* certificate, X509* issuer, const Row (&profile)[Count]) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  for (const Row& row : profile) {
    const Part part(X509V3_EXT_conf_nid(nullptr, &context, row.id, row.value));
    must(part && X509_add_ext(certificate, part.get(), -1) == 1, "add an extension");
  }
}

/// Of all that the requester asked for, only his names are taken over.
void copy_names(X509_REQ* request, X509* certificate) {
  STACK_OF(X509_EXTENSION)* asked = X509_REQ_get_extensions(request);
  const int at = X509v3_get_ext_by_NID(asked, NID_subject_alt_name, -1);
  const bool done = at < 0 || X509_add_ext(certificate, X509v3_get_ext(asked, at), -1) == 1;
  sk_X509_EXTENSION_pop_free(asked, X509_EXTENSION_free);
  must(done, "copy the names");
}

}  // namespace

std::string make_root(const std::string& name, std::time_t now, long days) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate root = begun(now, days);
  X509_NAME* subject = X509_get_subject_name(root.get());
  must(key &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                                      0) == 1 &&
           X509_set_issuer_name(root.get(), subject) == 1 &&
           X509_set_pubkey(root.get(), key.get()) == 1,
       "make a root");
  add(root.get(), root.get(), k_root_profile);
  must(X509_sign(root.get(), key.get(), EVP_sha256()) > 0, "sign the root");
  return pem_of(root.get()) + pem([&](BIO* out) {
           return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
         });
}

struct Signer::Parts {
  Certificate root;
  Key key;
  std::string pem;
};

Signer::Signer(const std::string& text) : m_parts(std::make_unique<Parts>()) {
  m_parts->root.reset(PEM_read_bio_X509(reader(text).get(), nullptr, nullptr, nullptr));
  m_parts->key.reset(PEM_read_bio_PrivateKey(reader(text).get(), nullptr, nullptr, nullptr));
  must(m_parts->root && m_parts->key, "read its root");
  m_parts->pem = pem_of(m_parts->root.get());
}

Signer::~Signer() = default;

const std::string& Signer::root() const {
  return m_parts->pem;
}

std::string Signer::sign(const std::string& text, std::time_t now, long days) const {
  const Request request(PEM_read_bio_X509_REQ(reader(text).get(), nullptr, nullptr, nullptr));
  if (!request || X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())) != 1) {
    throw mesh::Failure("invalid-input", "the certificate request is not signed with its own key");
  }
  X509* root = m_parts->root.get();
  const Certificate made = begun(now, days);
  if (ASN1_TIME_compare(X509_get0_notAfter(made.get()), X509_get0_notAfter(root)) > 0) {
    must(X509_set1_notAfter(made.get(), X509_get0_notAfter(root)) == 1, "set the end");
  }
  must(X509_set_subject_name(made.get(), X509_REQ_get_subject_name(request.get())) == 1 &&
           X509_set_issuer_name(made.get(), X509_get_subject_name(root)) == 1 &&
           X509_set_pubkey(made.get(), X509_REQ_get0_pubkey(request.get())) == 1,
       "make a certificate");
  add(made.get(), root, k_intermediate_profile);
  copy_names(request.get(), made.get());
  must(X509_sign(made.get(), m_parts->key.get(), EVP_sha256()) > 0, "sign");
  return pem_of(made.get());
}
