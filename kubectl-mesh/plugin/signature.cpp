#include "plugin/signature.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <memory>
#include <optional>
#include <sstream>
#include <vector>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "mesh/free_with.hpp"
#include "mesh/problem.hpp"

// The format of ssh-keygen: PROTOCOL.sshsig of OpenSSH; of its keys: RFC 4253, 5656 and 8709.

namespace mesh {

namespace {

using Bio = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;

constexpr std::string_view k_magic = "SSHSIG";
constexpr std::string_view k_namespace = "file";
constexpr std::string_view k_begin = "-----BEGIN SSH SIGNATURE-----";
constexpr std::string_view k_end = "-----END SSH SIGNATURE-----";
constexpr std::size_t k_ed25519_size = 64;

/// What OpenSSH and OpenSSL call a curve.
struct Curve {
  std::string_view ssh;
  const char* group;
  const EVP_MD* (*digest)();  ///< that OpenSSH signs with on it
};
constexpr std::array<Curve, 3> k_curves{{{"nistp256", "P-256", EVP_sha256},
                                         {"nistp384", "P-384", EVP_sha384},
                                         {"nistp521", "P-521", EVP_sha512}}};

const unsigned char* data_of(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string plain;
  std::copy_if(text.begin(), text.end(), std::back_inserter(plain),
               [](unsigned char c) { return std::isspace(c) == 0; });
  if (plain.empty() || plain.size() % 4 != 0) return std::nullopt;
  std::string bytes(plain.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), data_of(plain),
                                   static_cast<int>(plain.size()));
  if (size < 0) return std::nullopt;
  const auto padding = static_cast<std::size_t>(std::count(plain.end() - 2, plain.end(), '='));
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

// ---- the strings of SSH: four bytes of length, then the content

/// Takes one from the front; nullopt: there is none.
std::optional<std::string_view> take(std::string_view& rest) {
  if (rest.size() < 4) return std::nullopt;
  std::size_t size = 0;
  for (const char byte : rest.substr(0, 4)) size = size << 8U | static_cast<unsigned char>(byte);
  if (rest.size() - 4 < size) return std::nullopt;
  const std::string_view content = rest.substr(4, size);
  rest.remove_prefix(4 + size);
  return content;
}

std::string_view take_or_nothing(std::string_view& rest) {
  return take(rest).value_or(std::string_view());
}

std::string ssh_string(std::string_view content) {
  std::string text;
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    text += static_cast<char>(content.size() >> shift & 0xffU);
  return text.append(content);
}

// ---- keys

const Curve* curve_of(std::string_view name) {
  const auto* found = std::find_if(k_curves.begin(), k_curves.end(), [&](const Curve& curve) {
    return curve.ssh == name || curve.group == name;
  });
  return found == k_curves.end() ? nullptr : found;
}

Key ecdsa_key(const Curve& curve, std::string_view point) {
  std::string group = curve.group;
  std::string octets(point);
  const std::array<OSSL_PARAM, 3> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size()),
      OSSL_PARAM_construct_end()};
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY,
                        const_cast<OSSL_PARAM*>(parameters.data())) != 1)
    return {};
  return Key(key);
}

/// Of the bytes that OpenSSH writes in base64; null: of another kind.
Key ssh_key(std::string_view blob) {
  const std::string_view kind = take_or_nothing(blob);
  if (kind == "ssh-ed25519") {
    const std::string_view bytes = take_or_nothing(blob);
    return Key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, data_of(bytes), bytes.size()));
  }
  if (!kind.starts_with("ecdsa-sha2-")) return {};
  const Curve* curve = curve_of(take_or_nothing(blob));
  return curve == nullptr ? Key() : ecdsa_key(*curve, take_or_nothing(blob));
}

/// The curve of an ECDSA key, null of Ed25519; nullopt of every other kind.
std::optional<const Curve*> curve_of(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return nullptr;
  std::array<char, 32> group{};
  if (EVP_PKEY_is_a(key, "EC") != 1 ||
      EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) != 1)
    return std::nullopt;
  const std::string_view name = group.data();
  const Curve* curve = curve_of(name == "prime256v1"  ? "P-256"
                                : name == "secp384r1" ? "P-384"
                                : name == "secp521r1" ? "P-521"
                                                      : name);
  return curve == nullptr ? std::nullopt : std::optional(curve);
}

/// Options of an allowed signer that narrow what a key is good for (ssh-keygen(1), "ALLOWED
/// SIGNERS"). They Dates and certificates are not judged: such a key is none of ours.
constexpr std::array<std::string_view, 3> k_narrowing{"cert-authority",
                                                      "valid-after=", "valid-before="};

/// namespaces="git,file": what the key may sign.
bool is_for_other_namespaces(const std::string& line) {
  constexpr std::string_view k_option = "namespaces=\"";
  const std::size_t at = line.find(k_option);
  if (at == std::string::npos) return false;
  const std::size_t from = at + k_option.size();
  const std::string list = "," + line.substr(from, line.find('"', from) - from) + ",";
  return list.find("," + std::string(k_namespace) + ",") == std::string::npos;
}

bool is_narrowed(const std::string& line) {
  return is_for_other_namespaces(line) ||
         std::any_of(k_narrowing.begin(), k_narrowing.end(), [&](std::string_view option) {
           return line.find(option) != std::string::npos;
         });
}

/// Each word of the file that is a key of OpenSSH's, and each block of PEM.
std::vector<Key> keys_in(const std::string& text) {
  std::vector<Key> found;
  const auto add = [&](Key key) {
    if (key && curve_of(key.get())) found.push_back(std::move(key));
  };
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#') || is_narrowed(line)) continue;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      if (const auto blob = from_base64(word)) add(ssh_key(*blob));
    }
  }
  const Bio in(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  while (EVP_PKEY* key = PEM_read_bio_PUBKEY(in.get(), nullptr, nullptr, nullptr)) add(Key(key));
  ERR_clear_error();
  return found;
}

// ---- signatures

bool verifies(EVP_PKEY* key, const EVP_MD* digest, std::string_view bytes, std::string_view made) {
  const DigestContext context(EVP_MD_CTX_new());
  const bool valid = EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
                     EVP_DigestVerify(context.get(), data_of(made), made.size(), data_of(bytes),
                                      bytes.size()) == 1;
  ERR_clear_error();
  return valid;
}

/// Two numbers of SSH as ECDSA wants them, in DER.
std::string der_of(std::string_view blob) {
  const std::string_view r = take_or_nothing(blob);
  const std::string_view s = take_or_nothing(blob);
  const std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>> pair(ECDSA_SIG_new());
  ECDSA_SIG_set0(pair.get(), BN_bin2bn(data_of(r), static_cast<int>(r.size()), nullptr),
                 BN_bin2bn(data_of(s), static_cast<int>(s.size()), nullptr));
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &bytes);
  std::string der(reinterpret_cast<const char*>(bytes),
                  size > 0 ? static_cast<std::size_t>(size) : 0);
  OPENSSL_free(bytes);
  return der;
}

std::string hashed(const EVP_MD* digest, std::string_view bytes) {
  std::string hash(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(hash.data()), &size,
             digest, nullptr);
  hash.resize(size);
  return hash;
}

/// What ssh-keygen wrote; the key that it names is not looked at: only the operator's keys count.
struct SshSignature {
  std::string signed_text;  ///< what was signed
  std::string made;         ///< by Ed25519 as it is, else two numbers
  bool ecdsa = false;
};

std::optional<SshSignature> ssh_signature(const std::string& text, std::string_view bytes) {
  const std::size_t begin = text.find(k_begin);
  const std::size_t end = text.find(k_end);
  if (begin == std::string::npos || end == std::string::npos || end < begin) return std::nullopt;
  const std::size_t from = begin + k_begin.size();
  const std::optional<std::string> blob =
      from_base64(std::string_view(text).substr(from, end - from));
  if (!blob || !blob->starts_with(k_magic) || blob->size() < k_magic.size() + 4)
    return std::nullopt;
  std::string_view rest = std::string_view(*blob).substr(k_magic.size() + 4);
  take(rest);  // the key
  const std::string_view name_space = take_or_nothing(rest);
  take(rest);  // reserved
  const std::string_view algorithm = take_or_nothing(rest);
  std::string_view inner = take_or_nothing(rest);
  const EVP_MD* digest = algorithm == "sha512"   ? EVP_sha512()
                         : algorithm == "sha256" ? EVP_sha256()
                                                 : nullptr;
  if (name_space != k_namespace || digest == nullptr) return std::nullopt;
  const bool ecdsa = take_or_nothing(inner).starts_with("ecdsa-");
  return SshSignature{std::string(k_magic) + ssh_string(name_space) + ssh_string("") +
                          ssh_string(algorithm) + ssh_string(hashed(digest, bytes)),
                      std::string(take_or_nothing(inner)), ecdsa};
}

bool signed_by(EVP_PKEY* key, const SshSignature& one) {
  const Curve* curve = *curve_of(key);
  if (one.ecdsa != (curve != nullptr)) return false;
  return curve == nullptr ? verifies(key, nullptr, one.signed_text, one.made)
                          : verifies(key, curve->digest(), one.signed_text, der_of(one.made));
}

/// By openssl: pkeyutl -rawin for Ed25519, dgst -sha256 for ECDSA.
bool signed_by(EVP_PKEY* key, std::string_view bytes, const std::string& made) {
  const bool ed25519 = *curve_of(key) == nullptr;
  if (ed25519 && made.size() != k_ed25519_size) return false;
  return verifies(key, ed25519 ? nullptr : EVP_sha256(), bytes, made);
}

}  // namespace

std::string bad_signature(std::string_view bytes, const std::string& signature,
                          const std::string& keys) {
  const std::vector<Key> pinned = keys_in(keys);
  if (pinned.empty())
    throw Failure("invalid-input", "the file of keys has no public key of Ed25519 or ECDSA",
                  "name a public key in PEM, a .pub of ssh-keygen, or a file of allowed signers");
  const bool of_ssh = signature.find(k_begin) != std::string::npos;
  const std::optional<SshSignature> ssh = ssh_signature(signature, bytes);
  if (of_ssh && !ssh) return "is not one of `ssh-keygen -Y sign -n file`";
  const std::string plain = from_base64(signature).value_or(signature);
  const bool valid = std::any_of(pinned.begin(), pinned.end(), [&](const Key& key) {
    if (ssh) return signed_by(key.get(), *ssh);
    return signed_by(key.get(), bytes, signature) || signed_by(key.get(), bytes, plain);
  });
  return valid ? "" : "was not made over these bytes by a key that you pinned";
}

}  // namespace mesh
