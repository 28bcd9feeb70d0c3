#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mesh/json.hpp"
#include "mesh/problem.hpp"

namespace mesh {

// What an authority may answer to a certificate request (docs/plugins/own-ca.md): one list, for the
// host, which refuses an answer that breaks a rule, and for the conformance tests.

/// One certificate of a cluster, as it was requested and as it was issued. PEM.
struct Issuance {
  std::string csr;
  std::vector<std::string> chain;  ///< the new certificate first, then its issuers
  std::vector<std::string> roots;  ///< of the same answer
  std::int64_t days = 0;           ///< that were asked for
};

enum class IssuanceRule { key, authority, path_length, names, dates, days, chain };

/// The rule's id in the conformance tests: "ca/path-length".
const char* id_of(IssuanceRule rule);
/// How a certificate breaks the rule; empty: it does not.
std::string objection(IssuanceRule rule, const Issuance& issuance);

/// The first rule that a reply to `issue` or `rotate` breaks, as "refused" with plugin and cluster.
/// `plugin` is its name and version.
std::optional<Problem> broken_rule(const Json& request, const Json& reply,
                                   const std::string& plugin);

}  // namespace mesh
