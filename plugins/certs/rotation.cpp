#include "rotation.hpp"

#include <algorithm>
#include <set>

#include "arrival.hpp"
#include "sets.hpp"

#include "mesh/counted.hpp"

namespace mesh::certs {

namespace {

using State = Assessment::State;

/// A cluster as a rotation sees it: whom it trusts, and who signed its signing CA.
struct Standing {
  const ClusterFacts* facts;
  Fingerprints trusted;
  Certificate signer;
};

std::vector<Standing> standings_of(const std::vector<ClusterFacts>& all, Time now) {
  std::vector<Standing> standings;
  for (const ClusterFacts& facts : all) {
    const Assessment found = assess(facts, now);
    standings.push_back({&facts, fingerprints(found.roots), found.signing.front()});
  }
  return standings;
}

template <typename Wanted>
std::vector<Standing> those(const std::vector<Standing>& all, const Wanted& wanted) {
  std::vector<Standing> some;
  std::copy_if(all.begin(), all.end(), std::back_inserter(some), wanted);
  return some;
}

std::vector<std::string> names(const std::vector<Standing>& standings) {
  std::vector<std::string> list;
  for (const Standing& standing : standings) list.push_back(standing.facts->cluster);
  return list;
}

/// Where istiod runs, it must have taken up what the step before wrote.
void require_taken_up(std::vector<Problem>& refusals, const ClusterFacts& facts) {
  for (const IstiodPod& pod : facts.istiod) {
    if (!is_late(pod, facts)) continue;
    refusals.push_back(refusal(facts,
                               "istiod started on " + pod.started +
                                   ", before the last step changed the Secret on " + facts.changed,
                               restart_text(facts) + "; then run the same command again"));
    return;
  }
}

/// Before the new root signs, every proxy must be told of it: istiod's ConfigMaps must carry it.
void require_spread(std::vector<Problem>& refusals, const ClusterFacts& facts,
                    const Certificate& root) {
  if (facts.istiod.empty()) return;
  for (const auto& [name_space, pem] : facts.root_config_maps) {
    Fingerprints spread;
    try {
      spread = fingerprints(read_certificates(pem, "istio-ca-root-cert"));
    } catch (const Failure&) {  // carries no root at all
    }
    if (spread.contains(root.sha256)) continue;
    refusals.push_back(refusal(
        facts, "ConfigMap " + name_space + "/istio-ca-root-cert does not carry the new root yet",
        "wait a minute and run the same command again; if that does not help, " +
            restart_text(facts)));
    return;
  }
}

/// Whatever the istiods say, calls go from proxy to proxy: each must hold what the step needs.
void require_of_proxies(std::vector<Problem>& refusals, const ClusterFacts& facts,
                        const ProxyNeed& need, Time now) {
  if (facts.unlisted) {
    refusals.push_back(*facts.unlisted);
    return;
  }
  const std::vector<Lack> lacks = lacks_of(facts, need, now, Age::all);
  if (lacks.empty()) return;
  Problem problem =
      refusal(facts,
              counted(lacks.size(), "proxy is", "proxies are") +
                  " not ready for this step: " + lacks_text(lacks),
              restart_command(facts.cluster, lacks) + ", then run the same command again");
  problem.object = name_of(lacks.front().proxy->proxy);
  refusals.push_back(std::move(problem));
}

std::optional<Problem> obstacle(const ClusterFacts& facts, const Fingerprints& authority,
                                const CaRoots& roots, Time now) {
  if (facts.problem) return facts.problem;
  if (!facts.found)
    return refusal(facts, "there is no " + secret_name(facts) + " to rotate",
                   "kubectl mesh certs install first");
  if (!facts.ours)
    return refusal(facts, secret_name(facts) + " was not made by kubectl mesh",
                   "rotate it where it was made");
  const Assessment found = assess(facts, now);
  if (found.state != State::valid && found.state != State::expired)
    return refusal(facts, secret_name(facts) + " is " + in_words(found),
                   "kubectl mesh certs install first");
  const Fingerprints trusted = fingerprints(found.roots);
  const bool known = std::any_of(trusted.begin(), trusted.end(),
                                 [&](const std::string& root) { return authority.contains(root); });
  if (known) return std::nullopt;
  return refusal(
      facts,
      "its root is " + in_words(found.roots) + ", which is not of this authority (" +
          (roots.where.empty() ? "the default folder" : roots.where) + ")",
      "name the right one with --ca-dir or --strategy; or start anew here: certs remove, certs "
      "install, then restart istiod and the workloads");
}

}  // namespace

std::vector<Problem> rotation_obstacles(const std::vector<ClusterFacts>& all, const CaRoots& roots,
                                        Time now) {
  Fingerprints authority;
  for (const std::string& pem : roots.roots)
    authority.merge(fingerprints(read_certificates(pem, "the strategy's root")));
  std::vector<Problem> obstacles;
  for (const ClusterFacts& facts : all) {
    if (std::optional<Problem> one = obstacle(facts, authority, roots, now))
      obstacles.push_back(std::move(*one));
  }
  return obstacles;
}

namespace {

/// The clusters of a mesh beside the two roots of its authority.
class Rotation {
 public:
  Rotation(const std::vector<ClusterFacts>& all, const CaRoots& roots, Time now)
      : m_now(now),
        m_standings(standings_of(all, now)),
        m_current(read_certificates(roots.signer, "the root").front()) {
    if (!roots.next.empty()) m_next = read_certificates(roots.next, "the new root").front();
  }

  /// Dropped by the authority already, but not by every cluster: a run was cut off there.
  std::vector<Standing> late() const {
    if (m_next) return {};
    return those(m_standings, [&](const Standing& one) {
      return one.trusted.size() > 1 && signed_by(one.signer, m_current);
    });
  }
  bool under_way() const { return m_next || !late().empty(); }

  RotationStep forward() const {
    if (!m_next) {
      const std::vector<Standing> some = late();
      if (some.empty()) return step(Move::trust, m_standings);
      RotationStep last = step(Move::drop, some);
      last.need = {.root = m_current};
      return continued(std::move(last));
    }
    const std::vector<Standing> untrusting = those(m_standings, [&](const Standing& one) {
      return !one.trusted.contains(m_next->sha256) || !one.trusted.contains(m_current.sha256);
    });
    const std::vector<Standing> unsigned_yet = not_signed_by(*m_next);
    // The authority has the new root already.
    if (!untrusting.empty() && !unsigned_yet.empty())
      return continued(step(Move::trust, untrusting));
    if (unsigned_yet.empty()) return dropping(Move::drop, *m_next);
    return signing(Move::sign, unsigned_yet, *m_next);
  }

  RotationStep back() const {
    if (!m_next) {
      const std::vector<Standing> some = late();
      if (some.empty()) return {};
      // Which of both roots was dropped? The one that signed before stands first in the Secret.
      const bool gave_up = std::any_of(some.begin(), some.end(), [&](const Standing& one) {
        return assess(*one.facts, m_now).roots.front().sha256 != m_current.sha256;
      });
      if (gave_up) return refused(some.front());
      return continued(step(Move::drop_back, some));
    }
    const std::vector<Standing> forgotten = those(
        m_standings, [&](const Standing& one) { return !one.trusted.contains(m_current.sha256); });
    if (!forgotten.empty()) return refused(forgotten.front());
    const std::vector<Standing> signed_anew = not_signed_by(m_current);
    if (signed_anew.empty()) return dropping(Move::drop_back, m_current);
    return signing(Move::sign_back, signed_anew, m_current);
  }

 private:
  RotationStep step(Move move, const std::vector<Standing>& some) const {
    RotationStep found;
    found.move = move;
    found.clusters = names(some);
    found.continued = some.size() < m_standings.size();
    return found;
  }

  static RotationStep continued(RotationStep step) {
    step.continued = true;
    return step;
  }

  std::vector<Standing> not_signed_by(const Certificate& root) const {
    return those(m_standings, [&](const Standing& one) { return !signed_by(one.signer, root); });
  }

  /// Before a root signs, all must trust it. A cluster that has done this step is not asked again:
  /// its istiod is allowed to lag by one.
  RotationStep signing(Move move, const std::vector<Standing>& some,
                       const Certificate& root) const {
    RotationStep next = step(move, some);
    next.settled = next.clusters;
    next.spread = root;
    next.need = {.trusts = {root}};
    return next;
  }

  /// Before the other root is dropped, nobody may present what it has signed.
  RotationStep dropping(Move move, const Certificate& kept) const {
    RotationStep last =
        step(move, those(m_standings, [](const Standing& one) { return one.trusted.size() > 1; }));
    last.settled = names(m_standings);
    last.need = {.trusts = {kept}, .root = kept};
    return last;
  }

  static RotationStep refused(const Standing& one) {
    RotationStep step;
    step.refusals.push_back(refusal(*one.facts, "the last step has begun: the old root is dropped",
                                    "finish it: kubectl mesh certs rotate --root"));
    return step;
  }

  Time m_now;
  std::vector<Standing> m_standings;
  Certificate m_current;
  std::optional<Certificate> m_next;
};

template <typename Find>
RotationStep found(const std::vector<ClusterFacts>& all, const CaRoots& roots, Time now,
                   const Find& find) {
  std::vector<Problem> obstacles = rotation_obstacles(all, roots, now);
  if (obstacles.empty()) return find(Rotation(all, roots, now));
  RotationStep step;
  step.refusals = std::move(obstacles);
  return step;
}

}  // namespace

RotationStep next_step(const std::vector<ClusterFacts>& all, const CaRoots& roots, Time now) {
  return found(all, roots, now, [](const Rotation& rotation) { return rotation.forward(); });
}

RotationStep step_back(const std::vector<ClusterFacts>& all, const CaRoots& roots, Time now) {
  return found(all, roots, now, [](const Rotation& rotation) { return rotation.back(); });
}

std::vector<Problem> not_arrived(const std::vector<ClusterFacts>& all, const RotationStep& step,
                                 Time now) {
  std::vector<Problem> refusals;
  for (const ClusterFacts& facts : all) {
    const bool settles =
        std::find(step.settled.begin(), step.settled.end(), facts.cluster) != step.settled.end();
    if (!settles) continue;
    require_taken_up(refusals, facts);
    if (step.spread) require_spread(refusals, facts, *step.spread);
  }
  // What an istiod signs before it was restarted says nothing about what it will sign.
  if (!refusals.empty()) return refusals;
  for (const ClusterFacts& facts : all) require_of_proxies(refusals, facts, step.need, now);
  return refusals;
}

bool is_under_way(const std::vector<ClusterFacts>& all, const CaRoots& roots, Time now) {
  return Rotation(all, roots, now).under_way();
}

}  // namespace mesh::certs
