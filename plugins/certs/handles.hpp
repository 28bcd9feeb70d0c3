#pragma once

#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

// OpenSSL's objects, owned. For the two files that know OpenSSL.

namespace mesh::certs {

template <auto Function>
struct FreeWith {
  template <typename T>
  void operator()(T* object) const {
    Function(object);
  }
};

using Bio = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using Cert = std::unique_ptr<X509, FreeWith<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Request = std::unique_ptr<X509_REQ, FreeWith<X509_REQ_free>>;

inline Bio reading(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

inline Bio writing() {
  return Bio(BIO_new(BIO_s_mem()));
}

inline std::string text_of(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

/// One certificate out of text that was read before.
Cert parse_one(const std::string& pem);
Key parse_key(const std::string& pem);

}  // namespace mesh::certs
