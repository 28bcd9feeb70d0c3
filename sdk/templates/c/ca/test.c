#include "test_host.h"
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static json_t* new_request(void) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509_REQ* request = X509_REQ_new();
  X509_REQ_set_pubkey(request, key);
  X509_REQ_sign(request, key, EVP_sha256());
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_X509_REQ(out, request);
  char* bytes = NULL;
  const long size = BIO_get_mem_data(out, &bytes);
  json_t* text = json_stringn(bytes, (size_t)size);
  BIO_free(out);
  X509_REQ_free(request);
  EVP_PKEY_free(key);
  return text;
}

static X509* certificate(const char* text) {
  BIO* in = BIO_new_mem_buf(text, -1);
  X509* read = PEM_read_bio_X509(in, NULL, NULL, NULL);
  BIO_free(in);
  assert(read != NULL);
  return read;
}

int main(void) {
  rows[0] = (row){"clock/1 now", "{\"time\":\"2027-01-15T08:00:00.000Z\"}"};
  rows[1] = (row){"store/1 get", "{\"found\":false}"};
  json_t* reply = invoke_with(
      "issue", json_pack("{s:[{s:s, s:o}]}", "requests", "cluster", "a", "csr", new_request()),
      MESH_OK);
  const char *root_text = NULL, *made_text = NULL, *kept = NULL;
  assert(json_unpack(reply, "{s:[s], s:[{s:[s]}], s:[{s:s}]}", "roots", &root_text, "issued",
                     "chain", &made_text, "keep", "data", &kept) == 0);
  X509* root = certificate(root_text);
  X509* made = certificate(made_text);
  assert(X509_verify(made, X509_get0_pubkey(root)) == 1);
  assert(X509_get_pathlen(made) == 0);
  X509_free(made);
  X509_free(root);

  json_t* stored = json_pack("{s:b, s:s}", "found", 1, "data", kept);
  char* found = json_dumps(stored, 0);
  rows[1].reply = found;
  json_t* again = invoke_with("roots", json_object(), MESH_OK);
  assert(json_equal(json_object_get(again, "roots"), json_object_get(reply, "roots")));
  json_decref(again);
  json_decref(stored);
  json_decref(reply);
  free(found);
  puts("the root signs, and is found again");
  return 0;
}
