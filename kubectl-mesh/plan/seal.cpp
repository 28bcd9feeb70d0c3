#include "plan/seal.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <memory>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/paths.hpp"
#include "mesh/base64.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_key_bytes = 32;
constexpr std::size_t k_nonce_bytes = 12;
constexpr std::size_t k_tag_bytes = 16;
// As long as an operator may notice that a run was a mistake; SECURITY.md names it.
constexpr std::chrono::hours k_kept{24 * 30};

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

[[noreturn]] void fail() {
  throw Failure("internal", "AES-256-GCM failed");
}

void require(int result) {
  if (result != 1) fail();
}

fs::path keys_folder() {
  return data_home() / "undo-keys";
}

fs::path key_path(const std::string& run) {
  return keys_folder() / run;
}

}  // namespace

Seal Seal::make(const std::string& run) {
  const std::string key = random_bytes(k_key_bytes);
  write_private_file(key_path(run), base64_encode(key) + "\n", Replace::no);
  return Seal(key);
}

std::optional<Seal> Seal::of(const std::string& run) {
  const std::optional<std::string> text = read_private_file(key_path(run));
  if (!text) return std::nullopt;
  const std::string key = base64_decode(*text);
  if (key.size() != k_key_bytes) return std::nullopt;
  return Seal(key);
}

void Seal::destroy(const std::string& run) {
  std::error_code ignored;
  fs::remove(key_path(run), ignored);
}

void Seal::destroy_old() {
  std::error_code ignored;
  for (const auto& file : fs::directory_iterator(keys_folder(), ignored)) {
    const auto age = fs::file_time_type::clock::now() - file.last_write_time(ignored);
    if (!ignored && age > k_kept) fs::remove(file.path(), ignored);
  }
}

std::string Seal::close(const std::string& text, const std::string& context) const {
  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const std::string nonce = random_bytes(k_nonce_bytes);
  std::string sealed(text.size(), '\0');
  std::string tag(k_tag_bytes, '\0');
  int length = 0;
  require(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(m_key),
                             bytes(std::string_view(nonce))));
  require(EVP_EncryptUpdate(cipher.get(), nullptr, &length, bytes(std::string_view(context)),
                            static_cast<int>(context.size())));
  require(EVP_EncryptUpdate(cipher.get(), bytes(sealed), &length, bytes(std::string_view(text)),
                            static_cast<int>(text.size())));
  require(EVP_EncryptFinal_ex(cipher.get(), bytes(sealed) + length, &length));
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, k_tag_bytes, tag.data()));
  return base64_encode(nonce + tag + sealed);
}

std::optional<std::string> Seal::open(const std::string& sealed, const std::string& context) const {
  const std::string all = base64_decode(sealed);
  if (all.size() < k_nonce_bytes + k_tag_bytes) return std::nullopt;
  const std::string_view nonce = std::string_view(all).substr(0, k_nonce_bytes);
  std::string tag = all.substr(k_nonce_bytes, k_tag_bytes);
  const std::string_view body = std::string_view(all).substr(k_nonce_bytes + k_tag_bytes);
  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  std::string text(body.size(), '\0');
  int length = 0;
  require(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(m_key), bytes(nonce)));
  require(EVP_DecryptUpdate(cipher.get(), nullptr, &length, bytes(std::string_view(context)),
                            static_cast<int>(context.size())));
  require(EVP_DecryptUpdate(cipher.get(), bytes(text), &length, bytes(body),
                            static_cast<int>(body.size())));
  require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, k_tag_bytes, tag.data()));
  if (EVP_DecryptFinal_ex(cipher.get(), bytes(text) + length, &length) != 1) return std::nullopt;
  return text;
}

}  // namespace mesh
