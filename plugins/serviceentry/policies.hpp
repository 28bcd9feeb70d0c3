#pragma once

#include <map>
#include <string>
#include <vector>

#include "mesh/check_rows.hpp"
#include "mesh/json.hpp"

// Istio's objects that narrow what a workload takes or sees, and what follows from all of them
// together, as istiod resolves it: an object with a selector before one of the namespace before one
// of the root namespace.

namespace mesh::serviceentry {

struct Subject;
struct CheckFacts;

/// Where an object of that kind counts.
struct Scope {
  std::string name_space, name, created;        ///< RFC 3339; of several the oldest counts
  std::map<std::string, std::string> selector;  ///< empty: the whole namespace
};

/// PeerAuthentication. Modes are DISABLE, PERMISSIVE, STRICT, UNSET or empty.
struct SeenAuthentication {
  Scope scope;
  std::string mode;
  std::map<std::string, std::string> ports;  ///< container port -> mode
};

/// AuthorizationPolicy.
struct SeenAuthorization {
  Scope scope;
  std::string action;  ///< empty: ALLOW
  Json rules;
};

/// Sidecar.
struct SeenSidecar {
  Scope scope;
  std::vector<std::string> hosts;  ///< of its egress: NAMESPACE/HOST; empty: it says nothing
};

void take_authentication(CheckFacts& facts, const Json& object);
void take_authorization(CheckFacts& facts, const Json& object);
void take_sidecar(CheckFacts& facts, const Json& object);

/// Whether exported services take mutual TLS, which is all that comes through the gateway.
Verdict mutual_tls(const Subject& subject);
/// Whether some caller of another cluster is let in by the AuthorizationPolicies.
Verdict callers_allowed(const Subject& subject);
/// Whether the gateway's pods get through the NetworkPolicies of the exporting namespaces.
Verdict exports_open(const Subject& subject);
/// Whether Sidecars let their pods see the aliases.
Verdict seen_by_sidecars(const Subject& subject);

}  // namespace mesh::serviceentry
