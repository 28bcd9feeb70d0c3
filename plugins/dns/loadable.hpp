#pragma once

#include <optional>
#include <string>

#include "mesh/dns.hpp"

// What CoreDNS would not start with. A running one keeps the configuration before: what is broken
// in it shows when a pod starts anew, and no change of ours is taken up until it is repaired.

namespace mesh::dns {

/// What is wrong, with the object, the key and the line; nothing: CoreDNS starts with the Corefile
/// and the keys of the ConfigMap that it imports, as far as can be told without its plugins.
/// `left_out` is a key that does not count, since it is about to be written.
std::optional<std::string> load_fault(const DnsRequest& request, const std::string& left_out = {});

/// The refusal of an edit that CoreDNS would not take up.
Problem unloadable(const DnsRequest& request, const std::string& fault);

}  // namespace mesh::dns
