#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "arrival.hpp"

namespace mesh::certs {

// Who accepts whose certificates: what istiods sign and proxies present, beside what Secrets name
// and proxies trust.

/// What certificates of the mesh come from, and where that was seen.
struct Issuer {
  std::string cluster;
  std::string where;  ///< "the Secret of game-agones", "Deployment default/app1 of game-agones"
  bool in_secret = false;   ///< istiod signs with it; else a proxy presents what it has signed
  Certificate certificate;  ///< one that it has signed, or in a Secret its own
  std::vector<Certificate> chain;  ///< its issuers
  bool dropped = false;            ///< the Secret of some cluster leads to no root of it
};

/// The whole mesh, as both sides of a call have it.
class Acceptance {
 public:
  /// `all` must hold what the proxies do.
  Acceptance(const std::vector<ClusterFacts>& all, Time now);

  /// Proxies of `judge` that do not accept an issuer that is in use; empty `signer`: anywhere. One
  /// that was not read counts as such if the roots of its namespace have changed since it was made.
  /// Not counted is what a Secret has dropped: that is the fault of who presents it.
  std::vector<Lack> distrust(const ClusterFacts& judge, const std::string& signer = {}) const;
  /// Proxies of `signer` that present what the Secret of `judge` leads to no root of.
  std::vector<Lack> dropped(const ClusterFacts& signer, const std::string& judge = {}) const;
  /// Proxies whose certificate leads to another root than what istiod signs there now.
  std::vector<Lack> outgoing(const ClusterFacts& signer) const;
  /// Whether the Secrets name the same roots everywhere.
  bool same_roots() const;
  std::size_t issuers() const { return m_issuers.size(); }

 private:
  using Roots = std::vector<Certificate>;
  std::string problem(const Issuer& issuer, const Roots& roots) const;
  std::string problem(const SeenProxy& proxy, const Roots& roots) const;

  Time m_now;
  std::vector<Issuer> m_issuers;
  std::map<std::string, Roots> m_roots;    ///< of the Secrets, by cluster
  std::map<std::string, Roots> m_current;  ///< the one that the Secret's CA leads to, by cluster
  mutable std::map<std::pair<std::string, std::string>, std::string> m_known;
};

}  // namespace mesh::certs
