#pragma once

#include <string>
#include <vector>

#include "plugin/issuance.hpp"

namespace mesh::conformance {

// X.509 as a judge of ca/1. The keys of the requests stay here, as they stay in the certs concern.

/// What a cluster's intermediate is asked for with, PEM: a key, a subject and an alternative name
/// that no other cluster has. One per cluster and process.
const std::string& intermediate_request(const std::string& cluster);
/// The same for a key that its sender does not have: its signature is wrong.
std::string forged_request();

/// Why a workload's certificate, signed with the key of the cluster's request as istiod does it,
/// does not verify. Empty: it does.
std::string bad_workload(const std::string& cluster, const Issuance& issuance);

/// Hexadecimal; empty: no certificate.
std::string serial_of(const std::string& pem);

}  // namespace mesh::conformance
