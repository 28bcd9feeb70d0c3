#include "base/digest.hpp"

#include <array>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "mesh/problem.hpp"

namespace mesh {

namespace {

std::string hex(const unsigned char* bytes, std::size_t count) {
  constexpr std::string_view k_digits = "0123456789abcdef";
  std::string text;
  for (std::size_t index = 0; index < count; ++index) {
    text.push_back(k_digits[bytes[index] >> 4U]);
    text.push_back(k_digits[bytes[index] & 0xfU]);
  }
  return text;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) {
    throw Failure("internal", "SHA-256 is not available");
  }
  return hex(digest.data(), length);
}

std::string fingerprint(std::string_view secret) {
  static const std::string key = random_bytes(32);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), digest.data(),
       &length);
  return "sha256:" + hex(digest.data(), 6);
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
    throw Failure("internal", "the random number generator failed");
  }
  return bytes;
}

}  // namespace mesh
