#pragma once

#include <optional>
#include <string>

#include "mesh/dns.hpp"

namespace mesh::dns {

/// Somebody who writes an object again and again, so that an edit would not stay.
struct Owner {
  std::string name;  ///< "the EKS add-on"
  std::string hint;  ///< the way that he supports
};
std::optional<Owner> owner_of(const Json& object);

/// Why the cluster's DNS cannot be edited on such a platform at all; score 0 with the supported
/// way.
std::optional<DnsFit> hindrance(const DnsRequest& request);

/// The zone written as the platforms' manuals have it, for hints: "global:53 { ... }".
std::string zone_words(const DnsRequest& request);

}  // namespace mesh::dns
