#include <algorithm>
#include <set>

#include "install.hpp"

namespace mesh::certs {

namespace {

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

struct Rotation {
  Plan plan;
  std::vector<Standing> standings;
  Time now;
};

/// Reads all clusters and refuses what a rotation cannot start from.
Rotation look(const std::vector<ClusterFacts>& all, Time now, const char* title) {
  Rotation rotation;
  rotation.now = now;
  rotation.plan.title = title;
  refuse_unread(rotation.plan, all);
  for (const ClusterFacts& facts : all) {
    if (facts.problem) continue;
    const Assessment found = assess(facts, now);
    const bool usable =
        found.state == Assessment::State::valid || found.state == Assessment::State::expired;
    if (!usable || !facts.ours) {
      rotation.plan.refusals.push_back(refusal(
          facts,
          !facts.found ? "there is no Secret istio-system/cacerts to rotate"
          : !facts.ours
              ? "Secret istio-system/cacerts is not ours"
              : "Secret istio-system/cacerts is " + lower_words(found.state) + ": " + found.why,
          "kubectl mesh certs install first"));
      continue;
    }
    rotation.standings.push_back({&facts, fingerprints(found.roots), found.signing.front()});
  }
  return rotation;
}

void say_what_restarts(Plan& plan, const std::vector<Standing>& standings,
                       const std::string& then) {
  for (const Standing& standing : standings) {
    if (standing.facts->istiod_started.empty()) continue;
    plan.notes.push_back({Severity::info, standing.facts->cluster,
                          "istiod runs here: afterwards restart it (kubectl -n istio-system "
                          "rollout restart deployment/istiod) and every workload with a sidecar" +
                              then});
  }
}

std::vector<std::string> names(const std::vector<Standing>& standings) {
  std::vector<std::string> list;
  for (const Standing& standing : standings) list.push_back(standing.facts->cluster);
  return list;
}

/// New keys and certificates for these clusters, by whatever the strategy does in `stage`.
void sign_anew(Plan& plan, const std::vector<Standing>& standings, const CommandRequest& request,
               const Host& host, RotationStage stage, const std::string& reason) {
  const CaClient strategy(strategy_name(request), host);
  const std::vector<Candidate> candidates =
      make_candidates(names(standings), ca_request(request).policy.key);
  CaIssueRequest asked;
  static_cast<CaRequest&>(asked) = ca_request(request);
  asked.requests = requests_of(candidates);
  asked.stage = stage;
  const CaIssued answer =
      stage == RotationStage::none ? strategy.issue(asked) : strategy.rotate(asked);
  const std::map<std::string, SigningSet> sets = accept(answer, candidates, host.now());
  add_kept(plan, answer.keep);
  for (const Standing& standing : standings)
    add_set(plan, *standing.facts, sets.at(standing.facts->cluster), reason);
}

/// Only the roots change; the signing CA stays.
void change_roots(Rotation& rotation, const std::vector<Standing>& standings,
                  const CommandRequest& request, const Host& host, RotationStage stage,
                  const std::string& reason) {
  CaIssueRequest asked;
  static_cast<CaRequest&>(asked) = ca_request(request);
  asked.stage = stage;
  const CaIssued answer = CaClient(strategy_name(request), host).rotate(asked);
  add_kept(rotation.plan, answer.keep);
  for (const Standing& standing : standings) {
    SigningSet set = standing.facts->set;
    set.root_cert = join_pem(answer.roots);
    judge(standing.facts->cluster, set, rotation.now);
    add_set(rotation.plan, *standing.facts, set, reason);
  }
}

template <typename Wanted>
std::vector<Standing> those(const std::vector<Standing>& all, const Wanted& wanted) {
  std::vector<Standing> some;
  std::copy_if(all.begin(), all.end(), std::back_inserter(some), wanted);
  return some;
}

/// Before the new root signs, every proxy must trust it: where istiod runs, its ConfigMaps must
/// carry it.
void require_spread(Plan& plan, const std::vector<Standing>& standings, const Certificate& root) {
  for (const Standing& standing : standings) {
    for (const auto& [name_space, pem] : standing.facts->root_config_maps) {
      std::vector<Certificate> spread;
      try {
        spread = read_certificates(pem, "istio-ca-root-cert");
      } catch (const Failure&) {
      }
      if (fingerprints(spread).contains(root.sha256)) continue;
      plan.refusals.push_back(
          refusal(*standing.facts,
                  "ConfigMap " + name_space + "/istio-ca-root-cert does not carry the new root yet",
                  "restart istiod there (ISTIO_MULTIROOT_MESH=true spares that), wait a minute, "
                  "then run the same command again"));
      return;
    }
  }
}

/// Which step is next is read from the clusters and the authority; there is no state of ours. An
/// unfinished step is finished first.
Plan rotate_root(const CommandRequest& request, const Host& host) {
  const std::vector<ClusterFacts> all = read_facts(host, request.clusters, Depth::verify);
  Rotation rotation = look(all, host.now(), "Root rotation");
  Plan& plan = rotation.plan;
  if (!plan.refusals.empty()) return plan;
  const CaRoots roots = CaClient(strategy_name(request), host).roots(ca_request(request));
  if (roots.signer.empty())
    throw Failure("refused", "this authority has no root to rotate",
                  "kubectl mesh certs install makes one");
  const Certificate current = read_certificates(roots.signer, "the root").front();

  if (roots.next.empty()) {
    // Dropped by the authority already, but not by every cluster: a run was cut off there.
    const std::vector<Standing> late = those(rotation.standings, [&](const Standing& one) {
      return one.trusted.size() > 1 && signed_by(one.signer, current);
    });
    if (!late.empty()) {
      plan.title = "Root rotation, step 3 of 3 (continued): drop the old root";
      change_roots(rotation, late, request, host, RotationStage::drop, "trust the new root only");
      return plan;
    }
    plan.title = "Root rotation, step 1 of 3: trust the old and the new root";
    change_roots(rotation, rotation.standings, request, host, RotationStage::trust,
                 "trust a new root beside the old one");
    say_what_restarts(plan, rotation.standings, ", so that all of them trust both roots");
    plan.next = {
        "when all proxies trust both: kubectl mesh certs rotate --root (step 2, the new root "
        "signs)"};
    return plan;
  }
  const Certificate next = read_certificates(roots.next, "the new root").front();
  const std::vector<Standing> untrusting = those(rotation.standings, [&](const Standing& one) {
    return !one.trusted.contains(next.sha256) || !one.trusted.contains(current.sha256);
  });
  const std::vector<Standing> unsigned_yet =
      those(rotation.standings, [&](const Standing& one) { return !signed_by(one.signer, next); });
  if (!untrusting.empty() && !unsigned_yet.empty()) {
    plan.title = "Root rotation, step 1 of 3 (continued): trust the old and the new root";
    change_roots(rotation, untrusting, request, host, RotationStage::trust,
                 "trust a new root beside the old one");
    say_what_restarts(plan, untrusting, ", so that all of them trust both roots");
    plan.next = {
        "when all proxies trust both: kubectl mesh certs rotate --root (step 2, the new root "
        "signs)"};
    return plan;
  }
  if (!unsigned_yet.empty()) {
    plan.title = "Root rotation, step 2 of 3: the new root signs";
    require_spread(plan, rotation.standings, next);
    if (!plan.refusals.empty()) return plan;
    sign_anew(plan, unsigned_yet, request, host, RotationStage::sign,
              "an intermediate under the new root");
    say_what_restarts(plan, unsigned_yet, ", so that all certificates come from the new root");
    plan.next = {
        "when all certificates come from the new root: kubectl mesh certs rotate --root (step 3, "
        "drop the old one)"};
    return plan;
  }
  plan.title = "Root rotation, step 3 of 3: drop the old root";
  change_roots(rotation, rotation.standings, request, host, RotationStage::drop,
               "trust the new root only");
  say_what_restarts(plan, rotation.standings, ", so that none trusts the old root");
  plan.next = {"kubectl mesh certs verify: prove it"};
  return plan;
}

Plan rotate_intermediates(const CommandRequest& request, const Host& host) {
  const std::vector<ClusterFacts> all = read_facts(host, request.clusters, Depth::install);
  Rotation rotation = look(all, host.now(), "New intermediates under the same root");
  if (!rotation.plan.refusals.empty()) return std::move(rotation.plan);
  sign_anew(rotation.plan, rotation.standings, request, host, RotationStage::none,
            "a new intermediate under the same root");
  say_what_restarts(rotation.plan, rotation.standings,
                    " at their own pace: the root stays the same");
  rotation.plan.next = {"kubectl mesh certs verify: prove it"};
  return std::move(rotation.plan);
}

}  // namespace

Plan rotate(const CommandRequest& request, const Host& host) {
  const bool intermediate = request.flag("intermediate");
  const bool root = request.flag("root");
  if (intermediate == root)
    throw Failure("usage", "say what is to be rotated: --intermediate or --root",
                  "--intermediate is quick and harmless; --root takes three runs");
  return root ? rotate_root(request, host) : rotate_intermediates(request, host);
}

}  // namespace mesh::certs
