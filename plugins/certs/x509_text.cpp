#include <algorithm>
#include <array>

#include "x509.hpp"
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "mesh/time.hpp"

namespace mesh::certs {

void SecretText::wipe(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
}

std::string short_fingerprint(const std::string& sha256) {
  std::string text;
  for (std::size_t at = 0; at < std::min<std::size_t>(16, sha256.size()); at += 2)
    text += (at == 0 ? "" : ":") + sha256.substr(at, 2);
  return text;
}

Fingerprints fingerprints(const std::vector<Certificate>& list) {
  Fingerprints all;
  for (const Certificate& one : list) all.insert(one.sha256);
  return all;
}

std::string date_text(Time time) {
  return time_text(time);
}

long days_left(const Certificate& certificate, Time now) {
  return std::chrono::floor<std::chrono::days>(certificate.not_after - now).count();
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
