#pragma once

#include "choose.hpp"
#include "wishes.hpp"

#include "mesh/overview.hpp"

namespace mesh::dns {

Plan install(const CommandRequest&, const Host&);
Plan remove(const CommandRequest&, const Host&);
Report show(const CommandRequest&, const Host&);
Report verify(const CommandRequest&, const Host&);

// A kubelet brings a changed ConfigMap within a minute and a half, CoreDNS reads it every half.
inline constexpr std::int64_t k_proof_seconds = 180;
/// Asks the concern's own `verify` until the cluster's pods say so, or takes the edit back.
Action prove_action(const CommandRequest& request, const std::string& cluster, Json options);
/// A line for Plan::next that can be pasted, and behind it what for.
std::string next_command(const CommandRequest& request, const std::string& verb,
                         const std::string& what_for);
/// What takes our part out of one cluster's DNS, if it has one.
void take_out(Plan& plan, const CommandRequest& request, const Wishes& wishes,
              const ClusterFacts& facts, const Host& host);
void refuse_unread(Plan& plan, const std::vector<ClusterFacts>& all);

ExtensionPtr make_command();
ExtensionPtr make_check();
ExtensionPtr make_overview();

}  // namespace mesh::dns
