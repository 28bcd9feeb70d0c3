#pragma once

#include <string>
#include <vector>

#include "plugin/issuance.hpp"

namespace mesh::conformance {

// X.509 as a judge of ca/1. The key of the request stays here, as it stays in the certs concern.

/// What a cluster's intermediate is asked for with, PEM; one per process.
const std::string& intermediate_request();
/// The same for a key that its sender does not have: its signature is wrong.
std::string forged_request();

/// Why a workload's certificate, signed with the request's key as istiod does it, does not verify.
/// Empty: it does.
std::string bad_workload(const Issuance& issuance);

/// Hexadecimal; empty: no certificate.
std::string serial_of(const std::string& pem);

}  // namespace mesh::conformance
