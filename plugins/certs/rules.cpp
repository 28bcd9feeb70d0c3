#include "rules.hpp"

#include <algorithm>
#include <array>

namespace mesh::certs {

namespace {

using Kind = Fault::Kind;

// SHA-256 of Istio's samples/certs, whose private keys anybody can download: what lies there now,
// then what lay there before or in a branch of it.
constexpr std::array<std::string_view, 9> k_public_samples{
    "63727a1785cab47acec5c24cc0669c20824e8ae1ac28079a4d2f8c830592e7b0",
    "f867174e4a31f1792f8c0354a23f8f049bd4019729cd2ee579d67033065b2dc2",
    "11c9202c6be8ea5fcfb46d8591a8cf83b20eb97ade97234840851af8763ae428",
    "40ff5d9dcaa80833bb7291ef1f89acd9f4da11d6c6006b78897d3f9e2cff86b5",
    "677fbf661531ab421e73bfe7b2ebdb7ec5509174e3dfcd39d24b852e2d46d46c",
    "995e1400335aaaf3b70dadf16e734fcc6fe743831597c4f5a2d8032c467ceedc",
    "d9979935e6bcfbc9aaa1d792397ed4131bec87b25750f05f7a77c51f670e0f2f",
    "2ddfe1a94b5b076497b77392d9a7d15f6576b72f05aa611aa3b4f028d14d8b87",
    "e5cc551e468fd647ece496722755bf7a729adb6205b114cbd06b918ce2b4bb57"};

// Istio's Go signs with these and with no others.
constexpr std::array<std::string_view, 3> k_curves{"EC P-256", "EC P-384", "EC P-521"};
constexpr int k_rsa_bits_min = 2048;

/// The first fault in a list of certificates, told with the name of the file that holds it.
template <typename Rule>
std::optional<Fault> first_fault(const ReadSet& set, const Rule& rule) {
  const std::array<std::pair<std::string_view, std::vector<Certificate>>, 3> files{
      {{set.files.ca_cert, {set.signer}},
       {set.files.cert_chain, set.chain},
       {set.files.root_cert, set.roots}}};
  for (const auto& [file, list] : files) {
    for (const Certificate& one : list) {
      std::optional<Fault> fault = rule(one);
      if (!fault) continue;
      fault->why = std::string(file) + " (" + one.subject + ") " + fault->why;
      return fault;
    }
  }
  return std::nullopt;
}

std::optional<Fault> timeless_fault(const Certificate& one) {
  if (is_public_sample(one))
    return Fault{Kind::unsafe, "is Istio's sample CA, whose keys are public",
                 "make a CA of your own"};
  if (!one.is_ca)
    return Fault{Kind::unfit, "is a leaf, not a CA (" + one.subject + ")",
                 "give the certificate of the CA: it says CA:TRUE"};
  if (!one.can_sign)
    return Fault{Kind::unfit, "may not sign certificates: its key usage lacks keyCertSign",
                 "have it issued again with keyCertSign"};
  const std::string weak = weakness(one);
  if (!weak.empty())
    return Fault{Kind::unsafe, weak,
                 "Istio needs RSA of 2048 bits or more, or EC P-256, P-384 or P-521, signed with "
                 "SHA-256 or better"};
  return std::nullopt;
}

}  // namespace

bool is_public_sample(const Certificate& certificate) {
  return std::find(k_public_samples.begin(), k_public_samples.end(), certificate.sha256) !=
         k_public_samples.end();
}

std::string weakness(const Certificate& one) {
  if (one.digest == "SHA1" || one.digest == "MD5") return "is signed with " + one.digest;
  if (one.key.starts_with("RSA"))
    return one.key_bits < k_rsa_bits_min ? "has a key of only " + one.key : "";
  const bool known = std::find(k_curves.begin(), k_curves.end(), one.key) != k_curves.end();
  return known ? "" : "has a key that Istio cannot use (" + one.key + ")";
}

std::optional<Fault> date_fault(const Certificate& one, Time now) {
  if (one.not_before > now)
    return Fault{Kind::early, "is not valid before " + date_text(one.not_before),
                 "check the clock of this machine, or wait"};
  if (one.not_after <= now)
    return Fault{Kind::expired, "expired on " + date_text(one.not_after), "give one that is valid"};
  return std::nullopt;
}

std::optional<Fault> ca_fault(const Certificate& one, Time now) {
  std::optional<Fault> fault = timeless_fault(one);
  return fault ? fault : date_fault(one, now);
}

std::optional<Fault> set_fault(const ReadSet& set, Time now) {
  const std::string signer(set.files.ca_cert);
  const std::string chain_file(set.files.cert_chain);
  const std::string root(set.files.root_cert);
  if (set.key.key_hash != set.signer.key_hash)
    return Fault{Kind::unfit, std::string(set.files.ca_key) + " does not belong to " + signer,
                 "give the key of that certificate"};
  if (set.chain.front().sha256 != set.signer.sha256)
    return Fault{
        Kind::unfit,
        chain_file + " is in the wrong order: it must begin with the certificate of " + signer,
        "put the signing CA first, its issuers after it"};
  if (std::optional<Fault> fault = first_fault(set, timeless_fault)) return fault;
  const std::string chain = chain_problem(set.signer, set.chain, set.roots, std::nullopt);
  if (!chain.empty())
    return Fault{Kind::unfit, signer + " does not lead to " + root + ": " + chain,
                 "give the issuers in " + chain_file + " and the root in " + root};
  if (!chain_problem(set.signer, set.chain, set.roots, now).empty()) {
    const auto dates = [&](const Certificate& one) { return date_fault(one, now); };
    if (std::optional<Fault> fault = first_fault(set, dates)) return fault;
  }
  const std::string trial = workload_problem(set.signer, set.key, set.chain, set.roots, now);
  if (!trial.empty())
    return Fault{Kind::unfit, "a workload's certificate signed by it would not be valid: " + trial,
                 "look at pathlen, name constraints and key usages of its issuers"};
  return std::nullopt;
}

}  // namespace mesh::certs
