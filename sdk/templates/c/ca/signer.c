#include "signer.h"

#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { serial_bits = 127, clock_skew = 300 /* seconds */ };

typedef struct part {
  int id;
  const char* value;
} part;
static const part root_profile[] = {{NID_basic_constraints, "critical,CA:TRUE"},
                                    {NID_key_usage, "critical,keyCertSign,cRLSign"},
                                    {NID_subject_key_identifier, "hash"},
                                    {0, NULL}};
static const part intermediate_profile[] = {
    {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
    {NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign"},
    {NID_subject_key_identifier, "hash"},
    {NID_authority_key_identifier, "keyid:always"},
    {0, NULL}};

/* ---- PEM */

static X509* read_certificate(const char* text) {
  BIO* in = BIO_new_mem_buf(text, -1);
  X509* read = in == NULL ? NULL : PEM_read_bio_X509(in, NULL, NULL, NULL);
  BIO_free(in);
  return read;
}

static EVP_PKEY* read_key(const char* text) {
  BIO* in = BIO_new_mem_buf(text, -1);
  EVP_PKEY* read = in == NULL ? NULL : PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
  BIO_free(in);
  return read;
}

static X509_REQ* read_request(const char* text) {
  BIO* in = BIO_new_mem_buf(text, -1);
  X509_REQ* read = in == NULL ? NULL : PEM_read_bio_X509_REQ(in, NULL, NULL, NULL);
  BIO_free(in);
  return read;
}

/* The certificate, and the key if there is one. */
static char* pem(X509* certificate, EVP_PKEY* key) {
  BIO* out = BIO_new(BIO_s_mem());
  const int written =
      out != NULL && PEM_write_bio_X509(out, certificate) == 1 &&
      (key == NULL || PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1) &&
      BIO_write(out, "", 1) == 1;
  char* bytes = NULL;
  if (written) BIO_get_mem_data(out, &bytes);
  char* text = bytes == NULL ? NULL : strdup(bytes);
  BIO_free(out);
  return text;
}

/* ---- certificates */

static int begin(X509* certificate, time_t now, long days) {
  BIGNUM* serial = BN_new();
  const int done = certificate != NULL && serial != NULL &&
                   X509_set_version(certificate, X509_VERSION_3) == 1 &&
                   BN_rand(serial, serial_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
                   BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) != NULL &&
                   ASN1_TIME_set(X509_getm_notBefore(certificate), now - clock_skew) != NULL &&
                   X509_time_adj_ex(X509_getm_notAfter(certificate), (int)days, 0, &now) != NULL;
  BN_free(serial);
  return done;
}

static int add(X509* certificate, X509* issuer, const part* profile) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
  int done = 1;
  for (; done && profile->value != NULL; ++profile) {
    X509_EXTENSION* made = X509V3_EXT_conf_nid(NULL, &context, profile->id, profile->value);
    done = made != NULL && X509_add_ext(certificate, made, -1) == 1;
    X509_EXTENSION_free(made);
  }
  return done;
}

/* Of all that the requester asked for, only his names are taken over. */
static int copy_names(X509_REQ* request, X509* certificate) {
  STACK_OF(X509_EXTENSION)* asked = X509_REQ_get_extensions(request);
  const int at = X509v3_get_ext_by_NID(asked, NID_subject_alt_name, -1);
  const int done = at < 0 || X509_add_ext(certificate, X509v3_get_ext(asked, at), -1) == 1;
  sk_X509_EXTENSION_pop_free(asked, X509_EXTENSION_free);
  return done;
}

static int end_with(X509* certificate, const X509* root) {
  const ASN1_TIME* last = X509_get0_notAfter(root);
  return ASN1_TIME_compare(X509_get0_notAfter(certificate), last) <= 0 ||
         X509_set1_notAfter(certificate, last) == 1;
}

char* make_root(const char* name, time_t now, long days) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* root = X509_new();
  const int done = key != NULL && begin(root, now, days) &&
                   X509_NAME_add_entry_by_txt(X509_get_subject_name(root), "CN", MBSTRING_UTF8,
                                              (const unsigned char*)name, -1, -1, 0) == 1 &&
                   X509_set_issuer_name(root, X509_get_subject_name(root)) == 1 &&
                   X509_set_pubkey(root, key) == 1 && add(root, root, root_profile) &&
                   X509_sign(root, key, EVP_sha256()) > 0;
  char* text = done ? pem(root, key) : NULL;
  X509_free(root);
  EVP_PKEY_free(key);
  return text;
}

char* certificate_in(const char* root) {
  X509* certificate = read_certificate(root);
  char* text = certificate == NULL ? NULL : pem(certificate, NULL);
  X509_free(certificate);
  return text;
}

int is_signed(const char* request) {
  X509_REQ* read = read_request(request);
  const int verified = read != NULL && X509_REQ_verify(read, X509_REQ_get0_pubkey(read)) == 1;
  X509_REQ_free(read);
  return verified;
}

char* sign(const char* root, const char* request, time_t now, long days) {
  X509* issuer = read_certificate(root);
  EVP_PKEY* key = read_key(root);
  X509_REQ* asked = read_request(request);
  X509* made = X509_new();
  const int done = issuer != NULL && key != NULL && asked != NULL && begin(made, now, days) &&
                   end_with(made, issuer) &&
                   X509_set_subject_name(made, X509_REQ_get_subject_name(asked)) == 1 &&
                   X509_set_issuer_name(made, X509_get_subject_name(issuer)) == 1 &&
                   X509_set_pubkey(made, X509_REQ_get0_pubkey(asked)) == 1 &&
                   add(made, issuer, intermediate_profile) && copy_names(asked, made) &&
                   X509_sign(made, key, EVP_sha256()) > 0;
  char* text = done ? pem(made, NULL) : NULL;
  X509_free(made);
  X509_REQ_free(asked);
  EVP_PKEY_free(key);
  X509_free(issuer);
  return text;
}
