#pragma once

#include <string>
#include <vector>

#include "mesh/documents.hpp"

namespace mesh::dns {

/// A DNS name of letters, digits and dashes, in small letters, without a dot at its end.
bool is_dns_name(const std::string& text);
bool is_ipv4(const std::string& text);
bool is_ipv6(const std::string& text);

/// Throws Failure("invalid-input") on a zone that cannot be the mesh's.
void require_suffix(const std::string& suffix, const std::string& cluster_domain);
/// What speaks against a zone that is possible.
std::vector<Note> suffix_notes(const std::string& suffix);

}  // namespace mesh::dns
