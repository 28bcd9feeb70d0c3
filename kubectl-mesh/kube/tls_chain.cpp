#include "kube/tls_chain.hpp"

#include <memory>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

namespace mesh {

namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
template <typename Type>
using Owned = std::unique_ptr<Type, Free>;

/// The certificates of a text; what is none ends it.
std::vector<Owned<X509>> certificates_in(const std::string& text) {
  const Owned<BIO> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  std::vector<Owned<X509>> found;
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
    found.emplace_back(one);
  ERR_clear_error();  // the end of the text is an error to OpenSSL
  return found;
}

}  // namespace

std::string chain_fault(const std::vector<std::string>& chain, const std::string& roots) {
  const Owned<X509_STORE> store(X509_STORE_new());
  for (const Owned<X509>& root : certificates_in(roots))
    X509_STORE_add_cert(store.get(), root.get());
  const Owned<STACK_OF(X509)> rest(sk_X509_new_null());
  Owned<X509> leaf;
  for (const std::string& text : chain) {
    for (Owned<X509>& one : certificates_in(text)) {
      if (leaf) {
        sk_X509_push(rest.get(), one.release());
      } else {
        leaf = std::move(one);
      }
    }
  }
  if (!leaf) return "there is no certificate";
  const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), rest.get());
  if (X509_verify_cert(context.get()) == 1) return "";
  const int error = X509_STORE_CTX_get_error(context.get());
  ERR_clear_error();
  return X509_verify_cert_error_string(error);
}

}  // namespace mesh
