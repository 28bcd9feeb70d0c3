#include "decide.hpp"

#include <algorithm>
#include <set>

#include "at_once.hpp"
#include "rules.hpp"

#include "mesh/counted.hpp"

namespace mesh::certs {

namespace {

using State = Assessment::State;
constexpr long k_warn_days = 30;

bool share_a_root(const std::vector<Certificate>& some, const std::vector<Certificate>& others) {
  return std::any_of(some.begin(), some.end(), [&](const Certificate& one) {
    return std::any_of(others.begin(), others.end(),
                       [&](const Certificate& other) { return one.sha256 == other.sha256; });
  });
}

/// Of one cluster: keep what it has, give it a set, or say what stands in the way.
class Judgement {
 public:
  Judgement(Decision& decision, const std::vector<Certificate>& roots, Time now)
      : m_decision(decision), m_roots(roots), m_now(now) {}

  void pass(const ClusterFacts& facts) {
    if (facts.problem) {
      m_decision.refusals.push_back(*facts.problem);
    } else if (facts.namespace_ending) {
      m_decision.refusals.push_back(refusal(facts,
                                            "namespace " + facts.name_space + " is being deleted",
                                            "wait until it is gone, then run the same again"));
    } else if (!other_signer(facts).empty()) {
      m_decision.refusals.push_back(
          refusal(facts,
                  "workload certificates come from " + other_signer(facts) +
                      ", not from istiod, which would not read " + secret_name(facts),
                  "leave the CA as it is: skip: [certs] in mesh.yaml, or up --skip certs"));
    } else if (!facts.found) {
      note_running_istiod(facts);
      m_decision.wanted.push_back(facts.cluster);
    } else {
      pass_found(facts, assess(facts, m_now));
    }
  }

 private:
  void pass_found(const ClusterFacts& facts, const Assessment& found) {
    const bool same_root = share_a_root(found.roots, m_roots);
    if (found.state == State::valid && same_root) {
      keep(facts, found);
    } else if (found.state != State::valid && facts.ours && facts.files == k_istio_names &&
               (same_root || found.roots.empty())) {
      warn(facts, secret_name(facts) + " is " + in_words(found) + "; it is replaced");
      if (!facts.istiod.empty()) warn(facts, "istiod runs: afterwards " + restart_text(facts));
      m_decision.wanted.push_back(facts.cluster);
    } else {
      stand_in_the_way(facts, found, same_root);
    }
  }

  void keep(const ClusterFacts& facts, const Assessment& found) {
    const long days = days_left(found.signing.front(), m_now);
    if (days < k_warn_days)
      warn(facts, "its intermediate ends in " + counted(static_cast<std::size_t>(days), "day") +
                      ": kubectl mesh certs rotate --intermediate");
  }

  void stand_in_the_way(const ClusterFacts& facts, const Assessment& found, bool same_root) {
    std::string what = "there is a " + secret_name(facts) + " that is " + in_words(found);
    if (std::any_of(found.roots.begin(), found.roots.end(), is_public_sample))
      what += "; its root is Istio's sample CA, whose key is public";
    if (!found.roots.empty()) what += "; its root is " + in_words(found.roots);
    if (!same_root && !found.roots.empty())
      what += m_roots.empty() ? "; this authority has no root yet"
                              : "; this authority's root is " + in_words(m_roots);
    if (!facts.ours) what += "; it was not made by kubectl mesh";
    m_decision.refusals.push_back(refusal(facts, what, way_out(facts, found)));
  }

  static std::string way_out(const ClusterFacts& facts, const Assessment& found) {
    if (found.state != State::valid) return repair_text(facts, found);
    const std::string sign =
        "sign with its root (--ca-dir FOLDER, or --strategy pem --set root-cert=FILE --set "
        "root-key=FILE)";
    if (facts.ours)
      return sign + ", or if nothing uses it: kubectl mesh certs remove --contexts " +
             facts.cluster;
    return sign + ", or leave it as it is: skip: [certs] in mesh.yaml";
  }

  void note_running_istiod(const ClusterFacts& facts) {
    if (facts.istiod.empty()) return;
    warn(facts, "istiod runs with a root of its own (no cacerts was there); afterwards " +
                    restart_text(facts));
  }

  void warn(const ClusterFacts& facts, std::string text) {
    m_decision.notes.push_back({Severity::warning, facts.cluster, std::move(text)});
  }

  Decision& m_decision;
  const std::vector<Certificate>& m_roots;
  Time m_now;
};

std::vector<Certificate> certificates(const std::vector<std::string>& pems,
                                      const std::string& what) {
  std::vector<Certificate> list;
  for (const std::string& pem : pems) {
    for (Certificate& one : read_certificates(pem, what)) list.push_back(std::move(one));
  }
  return list;
}

/// Clusters that are kept have the root that was named; the others must not get another.
void require_named_root(const CaRoots& named, const CaIssued& answer) {
  const std::vector<Certificate> roots = certificates(named.roots, "the strategy's root");
  if (roots.empty() || share_a_root(roots, certificates(answer.roots, "the strategy's root")))
    return;
  throw Failure("plugin-fault", "the strategy signed under another root than the one it named",
                "report it to its author");
}

/// A set that others made, and that istiod signs with.
bool is_made_by_others(const ClusterFacts& facts) {
  return !facts.problem && !facts.namespace_ending && facts.found && !facts.ours &&
         other_signer(facts).empty();
}

/// A plan that leaves everything as it is, if others have set a sound CA up everywhere. Another run
/// of ours with another root is a refusal: somebody would believe that his is in use.
std::optional<Plan> plan_kept(const std::vector<ClusterFacts>& all,
                              const std::vector<Certificate>& own, Time now) {
  const std::vector<Certificate> roots = roots_of_others(all, now);
  if (roots.empty() || share_a_root(roots, own)) return std::nullopt;
  Plan plan;
  std::string text = "all clusters have a sound CA of one root, which is kept: " + in_words(roots);
  if (!own.empty()) text += "; this authority's root is " + in_words(own);
  plan.notes = {{own.empty() ? Severity::info : Severity::warning, "", std::move(text)}};
  return plan;
}

/// An intermediate that cannot live as long as was asked for is worth a word.
void note_short_root(Plan& plan, const CaRoots& roots, const CaPolicy& policy, Time now) {
  if (roots.signer.empty()) return;
  const Certificate root = read_certificates(roots.signer, "the strategy's root").front();
  if (root.not_after < now + std::chrono::days(policy.days))
    plan.notes.push_back({Severity::warning, "",
                          "the root ends on " + date_text(root.not_after) +
                              " and every intermediate with it: kubectl mesh certs rotate --root"});
}

std::vector<std::string> clusters_of(const Waiting& waiting) {
  std::vector<std::string> clusters;
  for (const Candidate& one : waiting.candidates) clusters.push_back(one.cluster);
  return clusters;
}

std::vector<std::string> answered_in(const CaIssued& answer) {
  std::vector<std::string> clusters;
  for (const IssuedCertificate& one : answer.issued) clusters.push_back(one.cluster);
  for (const Problem& one : answer.refused) clusters.push_back(one.cluster);
  return clusters;
}

/// The keys of what waited were needed until their certificates were in the clusters.
void forget_waiting(Plan& plan, const std::vector<ClusterFacts>& all, const IssuingCa& authority) {
  if (!authority.waiting) return;
  std::vector<std::string> served;
  for (const ClusterFacts& facts : all) served.push_back(facts.cluster);
  const Waiting left = without_clusters(*authority.waiting, served);
  if (left.candidates.size() != authority.waiting->candidates.size())
    plan.actions.push_back(keep_waiting(authority.strategy, left));
}

/// What was refused, and what waits: its keys are kept for the run that goes on with it.
void add_unanswered(Plan& plan, const Waiting& asked, const CaIssued& answer,
                    const IssuingCa& authority) {
  for (Problem problem : answer.refused) {
    problem.message =
        problem.cluster + ": " + authority.strategy + " does not sign: " + problem.message;
    plan.unfinished.push_back(std::move(problem));
  }
  if (!answer.pending) {
    // The round after this one forgets them.
    plan.continues = !asked.token.empty() && !answer.issued.empty();
    if (plan.continues)
      plan.announces.push_back(announcement_of(keep_waiting(authority.strategy, {})));
    return;
  }
  Waiting waiting = without_clusters(asked, answered_in(answer));
  waiting.token = answer.pending->token;
  const Waiting elsewhere =
      without_clusters(authority.waiting.value_or(Waiting()), clusters_of(asked));
  waiting.candidates.insert(waiting.candidates.end(), elsewhere.candidates.begin(),
                            elsewhere.candidates.end());
  plan.actions.push_back(keep_waiting(authority.strategy, waiting));
  plan.unfinished.push_back(
      {.code = "pending",
       .message = authority.strategy + " has not signed yet: " + answer.pending->message,
       .hint = "run the same command again when it has",
       .cluster = {},
       .object = {}});
}

SigningSet set_of(const CaSet& brought) {
  const std::string& cluster = brought.cluster;
  const std::string own =
      read_certificates(brought.certificate, cluster + ": the CA certificate").front().pem;
  std::vector<std::string> chain{own};
  chain.insert(chain.end(), brought.chain.begin(), brought.chain.end());
  return {own, read_key(brought.key, {}, cluster + ": the CA key").pem, join_pem(chain),
          join_pem(brought.roots)};
}

/// One root for all: with two of them no call would cross.
void require_one_root(const std::map<std::string, SigningSet>& sets) {
  const auto roots = [](const SigningSet& set) {
    std::set<std::string> all;
    for (const Certificate& one : read_certificates(set.root_cert, "root-cert.pem"))
      all.insert(one.sha256);
    return all;
  };
  for (const auto& [cluster, set] : sets) {
    if (roots(set) == roots(sets.begin()->second)) continue;
    throw Failure("refused",
                  "root-cert.pem of " + cluster + " and of " + sets.begin()->first +
                      " hold different roots; nothing was written",
                  "bring sets that were signed under one root");
  }
}

}  // namespace

std::vector<Certificate> roots_of_others(const std::vector<ClusterFacts>& all, Time now) {
  std::vector<Certificate> roots;
  for (const ClusterFacts& facts : all) {
    if (!is_made_by_others(facts)) return {};
    const Assessment found = assess(facts, now);
    if (found.state != State::valid) return {};
    if (!roots.empty() && fingerprints(roots) != fingerprints(found.roots)) return {};
    roots = found.roots;
  }
  return all.size() > 1 ? roots : std::vector<Certificate>();
}

Decision decide(const std::vector<ClusterFacts>& all, const std::vector<Certificate>& roots,
                Time now) {
  Decision decision;
  Judgement judgement(decision, roots, now);
  for (const ClusterFacts& facts : all) judgement.pass(facts);
  return decision;
}

Plan plan_issued(const std::vector<ClusterFacts>& all, const IssuingCa& authority, Time now,
                 const Signer& signer) {
  const std::vector<Certificate> own = certificates(authority.roots.roots, "the strategy's root");
  if (std::optional<Plan> kept = plan_kept(all, own, now)) return std::move(*kept);
  Decision decision = decide(all, own, now);
  Plan plan;
  plan.notes = std::move(decision.notes);
  plan.refusals = std::move(decision.refusals);
  if (!plan.refusals.empty()) return plan;
  if (decision.wanted.empty()) {
    forget_waiting(plan, all, authority);
    return plan;
  }
  note_short_root(plan, authority.roots, authority.policy, now);
  const Waiting asked = candidates_for(decision.wanted, authority.waiting, authority.policy.key,
                                       all.front().name_space);
  const CaIssued answer = signer(requests_of(asked.candidates), asked.token);
  if (!answer.issued.empty()) require_named_root(authority.roots, answer);
  const std::map<std::string, SigningSet> sets = accept(answer, asked.candidates, now);
  add_kept(plan, answer.keep);
  add_unanswered(plan, asked, answer, authority);
  for (const ClusterFacts& facts : all) {
    const auto set = sets.find(facts.cluster);
    if (set != sets.end())
      add_set(plan, facts, set->second, "an intermediate under the shared root");
  }
  return plan;
}

Plan plan_brought(const std::vector<ClusterFacts>& all, const std::vector<CaSet>& brought,
                  Time now) {
  std::vector<SigningSet> judged = at_once<SigningSet>(brought, [&](const CaSet& one) {
    SigningSet set = set_of(one);
    judge(one.cluster, set, now);
    return set;
  });
  std::map<std::string, SigningSet> sets;
  for (std::size_t at = 0; at < judged.size(); ++at)
    sets[brought[at].cluster] = std::move(judged[at]);
  std::vector<Certificate> roots;
  if (!sets.empty()) roots = read_certificates(sets.begin()->second.root_cert, "root-cert.pem");
  require_one_root(sets);
  Decision decision = decide(all, roots, now);
  Plan plan;
  plan.notes = std::move(decision.notes);
  plan.refusals = std::move(decision.refusals);
  for (const ClusterFacts& facts : all) {
    const auto set = sets.find(facts.cluster);
    if (set == sets.end())
      throw Failure("plugin-fault", "the strategy brought no set for " + facts.cluster);
    if (facts.found && facts.set == set->second) continue;
    if (facts.found && !facts.ours && plan.refusals.empty())
      plan.refusals.push_back(
          refusal(facts, "there is another " + secret_name(facts) + " that somebody else manages",
                  "if nothing uses it: " + delete_command(facts)));
    add_set(plan, facts, set->second, "the CA that you brought");
  }
  return plan;
}

}  // namespace mesh::certs
