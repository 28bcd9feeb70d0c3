#include "rotation.hpp"

#include <algorithm>
#include <set>

#include "sets.hpp"

namespace mesh::certs {

namespace {

using State = Assessment::State;
using Fingerprints = std::set<std::string>;

Fingerprints fingerprints(const std::vector<Certificate>& list) {
  Fingerprints all;
  for (const Certificate& one : list) all.insert(one.sha256);
  return all;
}

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
    if (pod.multi_root || pod.started.empty() || pod.started >= facts.changed) continue;
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

RotationStep next_step(const std::vector<ClusterFacts>& all, const CaRoots& roots, Time now) {
  RotationStep step;
  step.refusals = rotation_obstacles(all, roots, now);
  if (!step.refusals.empty()) return step;
  const std::vector<Standing> standings = standings_of(all, now);
  const Certificate current = read_certificates(roots.signer, "the root").front();
  const auto take = [&](RotationStage stage, const std::vector<Standing>& some) {
    step.stage = stage;
    step.clusters = names(some);
    step.continued = some.size() < standings.size();
    return step;
  };

  if (roots.next.empty()) {
    // Dropped by the authority already, but not by every cluster: a run was cut off there.
    const std::vector<Standing> late = those(standings, [&](const Standing& one) {
      return one.trusted.size() > 1 && signed_by(one.signer, current);
    });
    if (late.empty()) return take(RotationStage::trust, standings);
    take(RotationStage::drop, late);
    step.continued = true;
    return step;
  }

  const Certificate next = read_certificates(roots.next, "the new root").front();
  const std::vector<Standing> untrusting = those(standings, [&](const Standing& one) {
    return !one.trusted.contains(next.sha256) || !one.trusted.contains(current.sha256);
  });
  const std::vector<Standing> unsigned_yet =
      those(standings, [&](const Standing& one) { return !signed_by(one.signer, next); });
  if (!untrusting.empty() && !unsigned_yet.empty()) {
    take(RotationStage::trust, untrusting);
    step.continued = true;  // the authority has the new root already
    return step;
  }
  // A cluster that has done this step is not asked again: its istiod is allowed to lag by one.
  if (unsigned_yet.empty()) {
    for (const Standing& one : standings) require_taken_up(step.refusals, *one.facts);
    return take(RotationStage::drop, standings);
  }
  for (const Standing& one : unsigned_yet) {
    require_taken_up(step.refusals, *one.facts);
    require_spread(step.refusals, *one.facts, next);
  }
  return take(RotationStage::sign, unsigned_yet);
}

}  // namespace mesh::certs
