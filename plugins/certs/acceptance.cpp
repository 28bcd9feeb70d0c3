#include "acceptance.hpp"

#include <algorithm>

namespace mesh::certs {

namespace {

/// What distinguishes it from others: the chain above a proxy's own certificate, which all proxies
/// of a cluster share; of a Secret its CA.
std::string key_of(const std::vector<Certificate>& certificates) {
  std::string key;
  for (const Certificate& one : certificates) key += one.sha256;
  return key;
}

std::vector<Certificate> above(const SeenProxy& proxy) {
  return {proxy.chain.begin() + 1, proxy.chain.end()};
}

}  // namespace

Acceptance::Acceptance(const std::vector<ClusterFacts>& all, Time now) : m_now(now) {
  std::set<std::string> known;
  for (const ClusterFacts& facts : all) {
    const Assessment found = assess(facts, now);
    if (!found.signing.empty() && !found.roots.empty()) {
      const Certificate& signer = found.signing.front();
      m_roots[facts.cluster] = found.roots;
      for (const Certificate& root : found.roots) {
        if (chain_problem(signer, found.chain, {root}, std::nullopt).empty())
          m_current[facts.cluster] = {root};
      }
      m_issuers.push_back({.cluster = facts.cluster,
                           .where = "the Secret of " + facts.cluster,
                           .in_secret = true,
                           .certificate = signer,
                           .chain = found.chain});
    }
    for (const SeenProxy& proxy : facts.proxies) {
      if (proxy.chain.empty() || !known.insert(facts.cluster + key_of(above(proxy))).second)
        continue;
      m_issuers.push_back({.cluster = facts.cluster,
                           .where = name_of(proxy.proxy) + " of " + facts.cluster,
                           .certificate = proxy.chain.front(),
                           .chain = above(proxy)});
    }
  }
  for (Issuer& issuer : m_issuers) {
    issuer.dropped = std::any_of(m_roots.begin(), m_roots.end(), [&](const auto& secret) {
      return !problem(issuer, secret.second).empty();
    });
  }
}

/// Dates have rows of their own.
std::string Acceptance::problem(const Issuer& issuer, const Roots& roots) const {
  const std::string which =
      issuer.in_secret ? issuer.certificate.sha256 : issuer.cluster + key_of(issuer.chain);
  const auto [entry, is_new] = m_known.try_emplace({which, key_of(roots)});
  if (is_new) entry->second = chain_problem(issuer.certificate, issuer.chain, roots, std::nullopt);
  return entry->second;
}

std::string Acceptance::problem(const SeenProxy& proxy, const Roots& roots) const {
  return problem(Issuer{.cluster = proxy.proxy.cluster,
                        .where = {},
                        .certificate = proxy.chain.front(),
                        .chain = above(proxy)},
                 roots);
}

std::vector<Lack> Acceptance::distrust(const ClusterFacts& judge, const std::string& signer) const {
  std::vector<Lack> lacks;
  for (const SeenProxy& proxy : judge.proxies) {
    if (!proxy.was_asked()) {
      if (std::optional<Lack> lack = lack_by_age(judge, proxy, Age::roots))
        lacks.push_back(std::move(*lack));
      continue;
    }
    if (proxy.roots.empty()) continue;
    for (const Issuer& issuer : m_issuers) {
      if (issuer.dropped || (!signer.empty() && issuer.cluster != signer)) continue;
      const std::string fault = problem(issuer, proxy.roots);
      if (fault.empty()) continue;
      lacks.push_back(
          {.proxy = &proxy, .what = "does not trust the issuer of " + issuer.where + ": " + fault});
      break;
    }
  }
  return lacks;
}

std::vector<Lack> Acceptance::dropped(const ClusterFacts& signer, const std::string& judge) const {
  std::vector<Lack> lacks;
  for (const SeenProxy& proxy : signer.proxies) {
    if (proxy.chain.empty()) continue;
    for (const auto& [cluster, roots] : m_roots) {
      if (!judge.empty() && cluster != judge) continue;
      const std::string fault = problem(proxy, roots);
      if (fault.empty()) continue;
      lacks.push_back({.proxy = &proxy,
                       .what = "presents a certificate that the Secret of " + cluster +
                               " does not accept: " + fault});
      break;
    }
  }
  return lacks;
}

std::vector<Lack> Acceptance::outgoing(const ClusterFacts& signer) const {
  std::vector<Lack> lacks;
  const auto current = m_current.find(signer.cluster);
  if (current == m_current.end()) return lacks;
  for (const SeenProxy& proxy : signer.proxies) {
    if (proxy.chain.empty() || problem(proxy, current->second).empty()) continue;
    lacks.push_back({.proxy = &proxy,
                     .what = "presents a certificate of another root than " +
                             short_fingerprint(current->second.front().sha256) +
                             ", under which istiod signs"});
  }
  return lacks;
}

bool Acceptance::same_roots() const {
  std::set<std::set<std::string>> sets;
  for (const auto& [cluster, roots] : m_roots) sets.insert(fingerprints(roots));
  return sets.size() <= 1;
}

}  // namespace mesh::certs
