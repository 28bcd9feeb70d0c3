#include "src/signer.hpp"
#include <openssl/pem.h>

#include "mesh/testing.hpp"

using mesh::Json;
using mesh::testing::FakeHost;
using mesh::testing::require;

namespace {

std::string make_request() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509_REQ* request = X509_REQ_new();
  X509_REQ_set_pubkey(request, key);
  X509_REQ_sign(request, key, EVP_sha256());
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_X509_REQ(out, request);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out, &bytes);
  std::string text(bytes, static_cast<std::size_t>(size));
  BIO_free_all(out);
  X509_REQ_free(request);
  EVP_PKEY_free(key);
  return text;
}

X509* certificate(const std::string& text) {
  BIO* in = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
  X509* read = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
  BIO_free_all(in);
  return read;
}

}  // namespace

int main() {
  FakeHost host;
  host.answer("clock/1", "now", Json{{"time", "2027-01-15T08:00:00.000Z"}});
  host.answer("store/1", "get", Json{{"found", false}});
  const Json request{{"requests", {{{"cluster", "a"}, {"csr", make_request()}}}}};
  const Json reply =
      mesh::testing::ask(kubectl_mesh_plugin_v1(), host, "ca/1:@NAME@", "issue", request);
  X509* root = certificate(reply.at("roots").at(0));
  X509* made = certificate(reply.at("issued").at(0).at("chain").at(0));
  require(X509_verify(made, X509_get0_pubkey(root)) == 1, "the root signed it");
  require(X509_get_pathlen(made) == 0, "it signs workloads only");
  X509_free(root);
  X509_free(made);

  host.answer("store/1", "get", Json{{"found", true}, {"data", reply.at("keep").at(0).at("data")}});
  const Json roots =
      mesh::testing::ask(kubectl_mesh_plugin_v1(), host, "ca/1:@NAME@", "roots", Json::object());
  require(roots.at("roots") == reply.at("roots"), "what it kept it finds again");
}
