#pragma once

#include "corefile.hpp"

#include "mesh/dns.hpp"

namespace mesh::dns {

ExtensionPtr make_istio_proxy();
ExtensionPtr make_coredns();
ExtensionPtr make_coredns_custom();
ExtensionPtr make_kube_dns();

/// The server block that sends the zone to the mesh's name server, on the port that the cluster's
/// DNS listens on: without it ("global") if the file does not say.
std::string stub_block(const std::string& suffix, const std::string& port,
                       const std::string& server);
/// Where such a block sends it; empty if it is none.
std::vector<std::string> targets_of(const std::string& block);

/// What all bundled strategies have in common.
Extension strategy_named(const char* name, const char* summary, bool forwards);
Problem refusal(const DnsRequest& request, const Json& object, std::string why, std::string hint);
/// "line 3 (global:53)"
std::string at_line(const Served& served);
/// Somebody else serves the zone: in the Corefile, or in a key of the ConfigMap that it imports
/// (`own_key` is ours).
std::optional<Problem> zone_taken(const DnsRequest& request, const Corefile& others,
                                  const std::string& own_key);
/// Throws Failure("invalid-input") for a setting that nobody reads.
void require_no_settings(const DnsRequest& request);
const Json& object_in(const DnsRequest& request, const char* role);
Action edit_of(const DnsRequest& request, const Json& object, std::string reason);
/// Restart of the cluster's DNS, for one that does not notice changes.
Action restart_of(const DnsRequest& request, std::string reason);

}  // namespace mesh::dns
