#pragma once

#include <optional>
#include <string>
#include <vector>

#include "istiod_files.hpp"
#include "x509.hpp"

namespace mesh::certs {

/// Why something is not fit, as the end of a sentence that begins with its name: "is a leaf, ...".
struct Fault {
  enum class Kind { unsafe, unfit, early, expired } kind = Kind::unfit;
  std::string why;
  std::string hint;
};

/// Istio's sample CA, whose keys are public. By fingerprint.
bool is_public_sample(const Certificate& certificate);
/// "" or what is too weak about its key or signature.
std::string weakness(const Certificate& certificate);
/// Out of its dates.
std::optional<Fault> date_fault(const Certificate& certificate, Time now);
/// The first rule of this mesh that a CA's certificate breaks.
std::optional<Fault> ca_fault(const Certificate& certificate, Time now);

/// A signing set, read.
struct ReadSet {
  Certificate signer;
  PrivateKey key;
  std::vector<Certificate> chain;  ///< of cert-chain.pem
  std::vector<Certificate> roots;
  FileNames files = k_istio_names;
};
/// The first thing because of which istiod could not sign, or others could not trust it.
std::optional<Fault> set_fault(const ReadSet& set, Time now);

}  // namespace mesh::certs
