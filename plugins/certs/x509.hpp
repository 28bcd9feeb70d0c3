#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "secret_text.hpp"

struct evp_pkey_st;  // OpenSSL's key

namespace mesh::certs {

/// Whole seconds: certificates may outlive what nanoseconds can count.
using Time = std::chrono::sys_seconds;

// X.509 as values; OpenSSL is in x509_*.cpp and nowhere else. All texts are PEM. What cannot be
// read throws Failure("invalid-input") that says what it is instead.

/// What one certificate says.
struct Certificate {
  std::string pem;  ///< normalised: LF, one certificate
  std::string subject, issuer, serial;
  std::string sha256;    ///< of the DER, lower-case hex
  std::string key_hash;  ///< SHA-256 of the public key
  Time not_before, not_after;
  bool is_ca = false;
  std::optional<long> path_length;
  bool can_sign = false;  ///< keyCertSign
  std::string key;        ///< "EC P-256", "RSA 2048"
  int key_bits = 0;
  std::string signature;  ///< "ecdsa-with-SHA256"
  std::string digest;     ///< of the signature: "SHA256"
  bool self_issued = false;
};

/// All certificates of a PEM text, at least one. `what` names the text in messages.
std::vector<Certificate> read_certificates(const std::string& pem, const std::string& what);
/// Of a file that the operator named: certificates and nothing else.
std::vector<Certificate> read_clean_certificates(const std::string& pem, const std::string& what);
/// The same where one belongs; `others` says where more of them would go.
Certificate read_certificate(const std::string& pem, const std::string& what,
                             const std::string& others);

/// What is known of a private key without showing it.
struct PrivateKey {
  SecretText pem;        ///< PKCS#8, not encrypted
  std::string key_hash;  ///< of its public half
  /// The key as OpenSSL has it: reading it out of the text again takes a millisecond each time.
  std::shared_ptr<evp_pkey_st> opened = nullptr;
};
/// `passphrase` empty: an encrypted key is refused with a hint. Other blocks beside it are skipped.
PrivateKey read_key(const std::string& pem, const SecretText& passphrase, const std::string& what);
bool holds_encrypted_key(const std::string& pem);

/// "" if OpenSSL, asked strictly, accepts the signing CA under one of `roots` through `chain` at
/// `now`; else its words. No `now`: whatever the dates say.
std::string chain_problem(const Certificate& signer, const std::vector<Certificate>& chain,
                          const std::vector<Certificate>& roots, std::optional<Time> now);
/// The same for a workload's certificate that the CA signs for the trial: what istiod would do.
std::string workload_problem(const Certificate& signer, const PrivateKey& key,
                             const std::vector<Certificate>& chain,
                             const std::vector<Certificate>& roots, std::optional<Time> now);
/// What is wrong with the revocation lists of a chain, as the end of a sentence that begins with
/// their file's name; "": each CA of it has one. Envoy wants all or none.
std::string crl_problem(const std::string& pem, const std::vector<Certificate>& chain);
/// Whether `issuer`'s key signed `certificate`.
bool signed_by(const Certificate& certificate, const Certificate& issuer);

/// Hex SHA-256 in pairs, as openssl prints it, shortened to the first eight bytes.
std::string short_fingerprint(const std::string& sha256);
using Fingerprints = std::set<std::string>;
Fingerprints fingerprints(const std::vector<Certificate>& list);
std::string date_text(Time time);
long days_left(const Certificate& certificate, Time now);
std::string join_pem(const std::vector<std::string>& parts);
std::string base64(const std::string& bytes);
std::string from_base64(const std::string& text);

// ---- making
// ---------------------------------------------------------------------------------------

/// p256, p384, rsa2048, rsa3072, rsa4096. Throws Failure("invalid-input") for another word.
PrivateKey make_key(const std::string& algorithm);
/// A request for an intermediate of one cluster, in Istio's profile.
std::string make_request(const PrivateKey& key, const std::string& cluster,
                         const std::string& istio_namespace);
/// A self-signed root: CA:TRUE, keyCertSign, cRLSign.
std::string make_root(const PrivateKey& key, const std::string& common_name, Time now, long days);
/// Signs a request as an intermediate: CA:TRUE, pathlen:0, never beyond its issuer. Subject, SANs
/// and key are the request's, whose own signature is checked.
std::string sign_request(const std::string& request, const Certificate& issuer,
                         const PrivateKey& issuer_key, Time now, long days);
/// PKCS#8, encrypted with AES-256 if there is a passphrase.
std::string protect_key(const PrivateKey& key, const SecretText& passphrase);

}  // namespace mesh::certs
