#pragma once

#include <optional>
#include <string>

#include "mesh/dns.hpp"

namespace mesh::dns {

/// Why an edit of `object` would not stay, with the way that its owner supports; none: it would.
std::optional<DnsFit> owned(const Json& object);
/// A word about whoever has written `object` and may do so again, if the plan changes it.
void note_owner(Plan& plan, const std::string& cluster, const Json& object);

/// Why the cluster's DNS cannot be edited on such a platform at all; score 0 with the supported
/// way.
std::optional<DnsFit> hindrance(const DnsRequest& request);

/// The zone written as the platforms' manuals have it, for hints: "global:53 { ... }".
std::string zone_words(const DnsRequest& request);

}  // namespace mesh::dns
