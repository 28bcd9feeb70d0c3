#pragma once

#include <string>
#include <vector>

#include "mesh/dns.hpp"

// The zone as the name server gets it. It is a zone and no hosts file, because a name that is not
// there must be NXDOMAIN and one without IPv6 must have no data.

namespace mesh::dns {

inline constexpr const char* k_probe_address = "192.0.2.53";  ///< of documentation: leads nowhere

/// Names of the zone out of ServiceEntries of ours: hosts with the suffix, their addresses, sorted.
/// What cannot be a name or an address is left out.
std::vector<DnsName> names_of(const Json& service_entries, const std::string& suffix);

/// "kubectl-mesh.global": answers as long as the zone is served by us.
std::string probe_name(const std::string& suffix);
/// "v-1f3c....kubectl-mesh.global": answers only while the zone is exactly this one.
std::string version_name(const std::string& suffix, const std::vector<DnsName>& names);
/// A name that nobody exports.
std::string absent_name(const std::string& suffix);

std::string zone_text(const std::string& suffix, const std::vector<DnsName>& names);
std::string server_corefile(const std::string& suffix);

}  // namespace mesh::dns
