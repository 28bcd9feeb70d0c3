#pragma once

#include <string>
#include <vector>

namespace mesh::conformance {

// X.509 as a judge of ca/1. The key of the request stays here, as it stays in the certs concern.

/// What a cluster's intermediate is asked for with, PEM; one per process.
const std::string& intermediate_request();
/// The same for a key that its sender does not have: its signature is wrong.
std::string forged_request();

/// One entry of `issued`, with the reply's roots. PEM.
struct Issued {
  std::string cluster;
  std::vector<std::string> chain;
  std::vector<std::string> roots;
};

// Each says what is wrong; empty: nothing.
std::string unverified(const Issued& issued);    ///< no chain to one of the roots
std::string another_key(const Issued& issued);   ///< than the request's
std::string no_authority(const Issued& issued);  ///< may not sign certificates
std::string long_path(const Issued& issued);     ///< may make further authorities
std::string bad_dates(const Issued& issued);     ///< not valid now, or longer than its issuer
std::string long_life(const Issued& issued, int days);
/// A workload's certificate, signed with the request's key as istiod does it, does not verify.
std::string bad_workload(const Issued& issued);

/// Hexadecimal; empty: no certificate.
std::string serial_of(const std::string& pem);

}  // namespace mesh::conformance
