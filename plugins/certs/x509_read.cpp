#include <algorithm>
#include <array>
#include <ctime>
#include <mutex>
#include <unordered_map>

#include "handles.hpp"
#include "pem.hpp"
#include "x509.hpp"
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "mesh/problem.hpp"

namespace mesh::certs {

namespace {

[[noreturn]] void refuse_pem(const std::string& what, const std::string& why,
                             const std::string& hint) {
  throw Failure("invalid-input", what + " " + why, hint);
}

std::string hex_digest(const unsigned char* data, std::size_t size) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_Digest(data, size, digest.data(), &length, EVP_sha256(), nullptr);
  constexpr std::string_view k_digits = "0123456789abcdef";
  std::string text;
  for (unsigned int at = 0; at < length; ++at)
    text += {k_digits[digest[at] >> 4U], k_digits[digest[at] & 0xfU]};
  return text;
}

std::string key_hash(const EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  const std::string hash = hex_digest(der, static_cast<std::size_t>(std::max(size, 0)));
  OPENSSL_free(der);
  return hash;
}

std::string name_text(const X509_NAME* name) {
  const Bio bio = writing();
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  return text_of(bio);
}

Time time_of(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return Time(std::chrono::seconds(::timegm(&parts)));
}

std::string serial_text(const X509* certificate) {
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  char* text = BN_bn2hex(number);
  const std::string result = text;
  OPENSSL_free(text);
  BN_free(number);
  return result;
}

/// "EC P-256" for the curves that Istio's Go signs with; others by OpenSSL's name.
std::string key_text(EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) return "RSA " + std::to_string(bits);
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) return OBJ_nid2ln(EVP_PKEY_get_base_id(key));
  std::array<char, 64> group{};
  std::size_t size = 0;
  EVP_PKEY_get_group_name(key, group.data(), group.size(), &size);
  const std::string_view name(group.data(), size);
  std::array<char, 32> encoding{};
  EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, encoding.data(), encoding.size(),
                                 nullptr);
  // Go knows curves by name only.
  if (std::string_view(encoding.data()) == OSSL_PKEY_EC_ENCODING_EXPLICIT)
    return "EC " + std::string(name) + " with explicit parameters";
  const bool common = name == "prime256v1" || name == "secp384r1" || name == "secp521r1";
  return "EC " + (common ? "P-" + std::to_string(bits) : std::string(name));
}

std::string digest_text(X509* certificate) {
  int digest = NID_undef;
  X509_get_signature_info(certificate, &digest, nullptr, nullptr, nullptr);
  return digest == NID_undef ? "" : OBJ_nid2sn(digest);
}

Certificate describe(X509* certificate) {
  Certificate value;
  const Bio bio = writing();
  PEM_write_bio_X509(bio.get(), certificate);
  value.pem = text_of(bio);
  value.subject = name_text(X509_get_subject_name(certificate));
  value.issuer = name_text(X509_get_issuer_name(certificate));
  value.serial = serial_text(certificate);
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  value.sha256 = hex_digest(der, static_cast<std::size_t>(std::max(size, 0)));
  OPENSSL_free(der);
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key != nullptr) {
    value.key_hash = key_hash(key);
    value.key = key_text(key);
    value.key_bits = EVP_PKEY_get_bits(key);
  }
  value.not_before = time_of(X509_get0_notBefore(certificate));
  value.not_after = time_of(X509_get0_notAfter(certificate));
  value.is_ca = (X509_get_extension_flags(certificate) & EXFLAG_CA) != 0;
  const long path_length = X509_get_pathlen(certificate);
  if (path_length >= 0) value.path_length = path_length;
  value.can_sign = (X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) != 0;
  value.signature = OBJ_nid2ln(X509_get_signature_nid(certificate));
  value.digest = digest_text(certificate);
  value.self_issued =
      X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
  return value;
}

/// What somebody put where a certificate belongs.
[[noreturn]] void not_a_certificate(const Pem& pem, const std::string& what) {
  for (const Pem::Block& block : pem.blocks()) {
    if (block.is_key())
      refuse_pem(what, "is a private key, not a certificate",
                 "give the certificate here; the key has a place of its own");
    if (block.label.ends_with("CERTIFICATE REQUEST"))
      refuse_pem(what, "is a certificate request, not a certificate", "have it signed first");
  }
  refuse_pem(what, "holds no PEM certificate", "it must contain -----BEGIN CERTIFICATE-----");
}

int no_passphrase(char*, int, int, void*) {
  return -1;
}

/// A run reads few certificates, but each of them many times: for its facts, the chain, the roots,
/// the verdicts. Reading one takes OpenSSL 3 a millisecond. Keys are nobody's to remember.
class KnownCertificates {
 public:
  struct Entry {
    Cert certificate;  ///< nullptr: the text is none
    std::shared_ptr<const Certificate> described;
  };

  Entry at(const std::string& pem) {
    {
      const std::scoped_lock lock(m_mutex);
      const auto found = m_entries.find(pem);
      if (found != m_entries.end()) return copy(found->second);
    }
    Entry made = read(pem);
    const std::scoped_lock lock(m_mutex);
    if (m_entries.size() >= k_most) m_entries.clear();
    m_entries[pem] = copy(made);
    if (made.described) m_entries[made.described->pem] = copy(made);
    return made;
  }

 private:
  // With its text and OpenSSL's object an entry takes about 10 KiB: a hundred clusters fit in.
  static constexpr std::size_t k_most = 250;

  static Entry read(const std::string& pem) {
    Cert certificate(PEM_read_bio_X509(reading(pem).get(), nullptr, no_passphrase, nullptr));
    ERR_clear_error();
    if (!certificate) return {};
    auto described = std::make_shared<const Certificate>(describe(certificate.get()));
    return {std::move(certificate), std::move(described)};
  }

  static Entry copy(const Entry& entry) {
    if (entry.certificate) X509_up_ref(entry.certificate.get());
    return {Cert(entry.certificate.get()), entry.described};
  }

  std::mutex m_mutex;
  std::unordered_map<std::string, Entry> m_entries;
};

KnownCertificates& known_certificates() {
  static auto& known = *new KnownCertificates;
  return known;
}

std::vector<Certificate> certificates_of(const Pem& pem, const std::string& what) {
  std::vector<Certificate> list;
  for (const Pem::Block& block : pem.certificates()) {
    const KnownCertificates::Entry one = known_certificates().at(std::string(block.text));
    if (!one.certificate)
      refuse_pem(
          what,
          "is damaged: certificate " + std::to_string(list.size() + 1) + " of it cannot be read",
          "copy the whole file again");
    list.push_back(*one.described);
  }
  if (list.empty()) not_a_certificate(pem, what);
  return list;
}

int given_passphrase(char* buffer, int size, int, void* given) {
  const std::string& text = static_cast<const SecretText*>(given)->reveal();
  const int length = std::min(size, static_cast<int>(text.size()));
  std::copy_n(text.data(), length, buffer);
  return length;
}

[[noreturn]] void not_a_key(const Pem& pem, const std::string& what) {
  for (const Pem::Block& block : pem.blocks()) {
    if (block.is_certificate())
      refuse_pem(what, "is a certificate, not a private key", "give the key that belongs to it");
    if (block.label.ends_with("PUBLIC KEY"))
      refuse_pem(what, "is a public key, not a private key", "give the private half of it");
  }
  refuse_pem(what, "holds no PEM private key", "it must contain -----BEGIN PRIVATE KEY-----");
}

}  // namespace

Cert parse_certificate(const std::string& pem) {
  return known_certificates().at(pem).certificate;
}

PrivateKey as_private_key(Key key) {
  const Bio bio = writing();
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::string hash = key_hash(key.get());
  return {SecretText(text_of(bio)), std::move(hash), std::move(key)};
}

std::shared_ptr<EVP_PKEY> opened(const PrivateKey& key) {
  if (key.opened) return key.opened;
  Key parsed(
      PEM_read_bio_PrivateKey(reading(key.pem.reveal()).get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  return parsed;
}

std::vector<Certificate> read_certificates(const std::string& text, const std::string& what) {
  return certificates_of(Pem(text, what), what);
}

std::vector<Certificate> read_clean_certificates(const std::string& text, const std::string& what) {
  const Pem pem(text, what);
  std::vector<Certificate> list = certificates_of(pem, what);
  if (!pem.keys().empty())
    refuse_pem(what, "holds a private key beside the certificate",
               "take the key out: certificate files get passed on");
  pem.require_clean();
  return list;
}

Certificate read_certificate(const std::string& text, const std::string& what,
                             const std::string& others) {
  std::vector<Certificate> list = read_clean_certificates(text, what);
  if (list.size() > 1)
    refuse_pem(what, "holds " + std::to_string(list.size()) + " certificates where one belongs",
               others);
  return std::move(list.front());
}

PrivateKey read_key(const std::string& text, const SecretText& passphrase,
                    const std::string& what) {
  const Pem pem(text, what);
  const std::vector<Pem::Block> keys = pem.keys();
  if (keys.empty()) not_a_key(pem, what);
  if (keys.size() > 1)
    refuse_pem(what, "holds several private keys", "leave the one that is meant");
  const Pem::Block& block = keys.front();
  Key key(PEM_read_bio_PrivateKey(reading(block.text).get(), nullptr,
                                  passphrase.empty() ? no_passphrase : given_passphrase,
                                  const_cast<SecretText*>(&passphrase)));
  ERR_clear_error();
  if (!key && block.encrypted()) {
    refuse_pem(what,
               passphrase.empty() ? "is encrypted and no passphrase was given"
                                  : "does not open with that passphrase",
               "--passphrase-file FILE, --passphrase-env NAME or --ask-passphrase");
  }
  if (!key)
    refuse_pem(what, "is damaged: the private key cannot be read", "copy the whole file again");
  return as_private_key(std::move(key));
}

bool holds_encrypted_key(const std::string& text) {
  const Pem pem(text, "the key");
  return std::any_of(pem.blocks().begin(), pem.blocks().end(),
                     [](const Pem::Block& block) { return block.is_key() && block.encrypted(); });
}

}  // namespace mesh::certs
