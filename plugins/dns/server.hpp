#pragma once

#include "facts.hpp"
#include "wishes.hpp"

namespace mesh::dns {

// The mesh's own name server in a cluster: ConfigMap, Service and Deployment kubectl-mesh-dns.

/// The objects as they are to be, in the order in which they are written.
std::vector<Json> server_objects(const ClusterFacts& facts, const Wishes& wishes);

/// What the zone's server still needs.
struct ServerState {
  bool written = false;  ///< all objects are as they are to be
  bool rolled_out = false;
};
ServerState server_state(const ClusterFacts& facts, const Wishes& wishes);

/// Writes what is missing, or all of it if the plan is to be `complete`; waits until it answers and
/// has an address.
void add_server(Plan& plan, const ClusterFacts& facts, const Wishes& wishes, bool complete);
/// Takes out what carries our label, in the given phase.
void remove_server(Plan& plan, const ClusterFacts& facts, int phase);

}  // namespace mesh::dns
