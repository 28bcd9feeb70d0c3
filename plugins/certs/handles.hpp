#pragma once

#include <ctime>
#include <memory>
#include <string>
#include <string_view>

#include "x509.hpp"
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "mesh/free_with.hpp"

// OpenSSL's objects, owned. For the files that know OpenSSL: x509_*.cpp.

namespace mesh::certs {

using Bio = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using Cert = std::unique_ptr<X509, FreeWith<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Request = std::unique_ptr<X509_REQ, FreeWith<X509_REQ_free>>;

inline Bio reading(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

inline Bio writing() {
  return Bio(BIO_new(BIO_s_mem()));  // overwritten when it is freed
}

inline std::string text_of(const Bio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

/// One certificate out of text that was read before. It is shared with others: nobody changes it.
Cert parse_certificate(const std::string& pem);
PrivateKey as_private_key(Key key);
/// nullptr: the text is no key.
std::shared_ptr<EVP_PKEY> opened(const PrivateKey& key);

/// Throws Failure("internal") that says what OpenSSL could not do.
void require(bool good, const char* what);
/// An extension in OpenSSL's configuration syntax.
void add_extension(X509* certificate, X509* issuer, int nid, const char* value);
void set_times(X509* certificate, std::time_t from, std::time_t to);
/// An empty version 3 certificate with a random serial number.
Cert blank_certificate();

}  // namespace mesh::certs
