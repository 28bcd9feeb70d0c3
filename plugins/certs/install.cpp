#include "install.hpp"

#include <algorithm>
#include <future>

namespace mesh::certs {

namespace {

using State = Assessment::State;

bool holds(const std::vector<Certificate>& list, const Certificate& wanted) {
  return std::any_of(list.begin(), list.end(),
                     [&](const Certificate& one) { return one.sha256 == wanted.sha256; });
}

std::string roots_text(const std::vector<Certificate>& roots) {
  std::string text;
  for (const Certificate& root : roots)
    text +=
        (text.empty() ? "" : " and ") + short_fingerprint(root.sha256) + " (" + root.subject + ")";
  return text;
}

/// Whether a cluster keeps what it has, gets a new set, or stands in the way.
class Decision {
 public:
  Decision(Plan& plan, std::vector<Certificate> roots, Time now)
      : m_plan(plan), m_roots(std::move(roots)), m_now(now) {}

  bool needs_set(const ClusterFacts& facts) {
    note_running_istiod(facts);
    if (!facts.found) return true;
    const Assessment found = assess(facts, m_now);
    const bool same_root = !m_roots.empty() && std::any_of(found.roots.begin(), found.roots.end(),
                                                           [&](const Certificate& root) {
                                                             return holds(m_roots, root);
                                                           });
    if (found.state == State::valid && same_root) return keep(facts, found);
    if (found.state != State::valid && facts.ours && (same_root || found.roots.empty())) {
      m_plan.notes.push_back({Severity::warning, facts.cluster,
                              "Secret istio-system/cacerts is " + lower_words(found.state) + ": " +
                                  found.why + "; it is replaced"});
      return true;
    }
    stand_in_the_way(facts, found);
    return false;
  }

 private:
  bool keep(const ClusterFacts& facts, const Assessment& found) {
    const long days = days_left(found.signing.front(), m_now);
    if (days < 30)
      m_plan.notes.push_back({Severity::warning, facts.cluster,
                              "its intermediate ends in " + std::to_string(days) +
                                  " days: kubectl mesh certs rotate --intermediate"});
    return false;
  }

  void stand_in_the_way(const ClusterFacts& facts, const Assessment& found) {
    std::string what = "there is a Secret istio-system/cacerts that is " + lower_words(found.state);
    if (!found.roots.empty()) what += ", under the root " + roots_text(found.roots);
    what += m_roots.empty() ? "; this authority has no root yet"
                            : "; this authority's root is " + roots_text(m_roots);
    m_plan.refusals.push_back(
        refusal(facts, what,
                "use that root (--strategy pem), or move the cluster with certs rotate --root, or "
                "delete the Secret if nothing uses it"));
  }

  void note_running_istiod(const ClusterFacts& facts) {
    if (facts.found || facts.istiod_started.empty()) return;
    m_plan.notes.push_back(
        {Severity::warning, facts.cluster,
         "istiod runs with a root of its own; after this, restart it (kubectl -n istio-system "
         "rollout restart deployment/istiod), then every workload with a sidecar"});
  }

  Plan& m_plan;
  std::vector<Certificate> m_roots;
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

/// A strategy that brings whole sets: write those that differ.
void install_brought(Plan& plan, const CaClient& strategy, const CommandRequest& request,
                     const std::vector<ClusterFacts>& all, Time now) {
  const std::vector<CaSet> sets = strategy.bring(ca_request(request), request.clusters);
  for (const ClusterFacts& facts : all) {
    const auto brought = std::find_if(
        sets.begin(), sets.end(), [&](const CaSet& set) { return set.cluster == facts.cluster; });
    if (brought == sets.end())
      throw Failure("invalid-input", "the strategy brought no set for " + facts.cluster);
    std::vector<std::string> chain{brought->certificate};
    chain.insert(chain.end(), brought->chain.begin(), brought->chain.end());
    const SigningSet set{
        read_certificates(brought->certificate, facts.cluster + ": the CA certificate").front().pem,
        read_key(brought->key, "", facts.cluster + ": the CA key").pem,
        join_pem(brought->chain.empty() ? std::vector<std::string>{brought->certificate} : chain),
        join_pem(brought->roots)};
    judge(facts.cluster, set, now);
    if (facts.found && facts.set == set) continue;
    if (facts.found && !facts.ours) {
      plan.refusals.push_back(
          refusal(facts, "there is a Secret istio-system/cacerts that somebody else manages",
                  "delete it if nothing uses it"));
      continue;
    }
    add_set(plan, facts, set, "the CA that you brought");
  }
}

void install_issued(Plan& plan, const CaClient& strategy, const CommandRequest& request,
                    const std::vector<ClusterFacts>& all, Time now) {
  const CaRoots roots = strategy.roots(ca_request(request));
  Decision decision(plan, certificates(roots.roots, "the strategy's root"), now);
  std::vector<std::string> wanted;
  for (const ClusterFacts& facts : all) {
    if (decision.needs_set(facts)) wanted.push_back(facts.cluster);
  }
  if (wanted.empty() || !plan.refusals.empty()) return;
  const std::vector<Candidate> candidates = make_candidates(wanted, ca_request(request).policy.key);
  CaIssueRequest asked;
  static_cast<CaRequest&>(asked) = ca_request(request);
  asked.requests = requests_of(candidates);
  const CaIssued answer = strategy.issue(asked);
  const std::map<std::string, SigningSet> sets = accept(answer, candidates, now);
  add_kept(plan, answer.keep);
  for (const ClusterFacts& facts : all) {
    const auto set = sets.find(facts.cluster);
    if (set != sets.end())
      add_set(plan, facts, set->second, "an intermediate under the shared root");
  }
}

}  // namespace

std::vector<Candidate> make_candidates(const std::vector<std::string>& clusters,
                                       const std::string& algorithm) {
  const auto policy = algorithm.starts_with("rsa") ? std::launch::async : std::launch::deferred;
  std::vector<std::future<Candidate>> making;
  for (const std::string& cluster : clusters) {
    making.push_back(std::async(policy, [cluster, algorithm] {
      PrivateKey key = make_key(algorithm);
      std::string csr = make_request(key, cluster);
      return Candidate{cluster, std::move(key), std::move(csr)};
    }));
  }
  std::vector<Candidate> candidates;
  for (std::future<Candidate>& one : making) candidates.push_back(one.get());
  return candidates;
}

std::vector<CertificateRequest> requests_of(const std::vector<Candidate>& candidates) {
  std::vector<CertificateRequest> requests;
  for (const Candidate& candidate : candidates)
    requests.push_back({candidate.cluster, candidate.csr});
  return requests;
}

void judge(const std::string& cluster, const SigningSet& set, Time now) {
  const auto wrong = [&](const std::string& what) -> Failure {
    Problem problem;
    problem.code = "refused";
    problem.message =
        cluster + ": the signing set would not work: " + what + "; nothing was written";
    problem.cluster = cluster;
    return Failure(std::move(problem));
  };
  const Certificate signer =
      read_certificates(set.ca_cert, cluster + ": the CA certificate").front();
  const std::vector<Certificate> chain = read_certificates(set.cert_chain, cluster + ": the chain");
  const std::vector<Certificate> roots = read_certificates(set.root_cert, cluster + ": the root");
  if (is_public_sample(signer) || std::any_of(roots.begin(), roots.end(), is_public_sample))
    throw wrong("it is Istio's sample CA, whose keys are public");
  if (!signer.is_ca || !signer.can_sign)
    throw wrong("the certificate is no CA (" + signer.subject + ")");
  if (read_key(set.ca_key, "", cluster + ": the CA key").key_hash != signer.key_hash)
    throw wrong("the key does not belong to the certificate");
  if (chain.front().sha256 != signer.sha256)
    throw wrong("the chain is in the wrong order: it must begin with the signing CA");
  if (signer.key.starts_with("RSA") && signer.key_bits < 2048)
    throw wrong(signer.key + " is too weak");
  if (signer.signature.find("sha1") != std::string::npos ||
      signer.signature.find("SHA1") != std::string::npos)
    throw wrong("it is signed with SHA-1");
  if (signer.not_before > now)
    throw wrong("it is not valid before " + date_text(signer.not_before));
  if (signer.not_after <= now) throw wrong("it expired on " + date_text(signer.not_after));
  std::vector<std::string> between;
  std::vector<std::string> anchors;
  for (const Certificate& one : chain) between.push_back(one.pem);
  for (const Certificate& one : roots) anchors.push_back(one.pem);
  const std::string problem = chain_problem(signer.pem, between, anchors, now);
  if (!problem.empty()) throw wrong("the chain does not lead to the root: " + problem);
}

std::map<std::string, SigningSet> accept(const CaIssued& answer,
                                         const std::vector<Candidate>& candidates, Time now) {
  std::map<std::string, SigningSet> sets;
  for (const Candidate& candidate : candidates) {
    const auto issued = std::find_if(
        answer.issued.begin(), answer.issued.end(),
        [&](const IssuedCertificate& one) { return one.cluster == candidate.cluster; });
    if (issued == answer.issued.end() || issued->chain.empty())
      throw Failure("plugin-fault", "the strategy issued nothing for " + candidate.cluster);
    const SigningSet set{issued->chain.front(), candidate.key.pem, join_pem(issued->chain),
                         join_pem(answer.roots)};
    judge(candidate.cluster, set, now);
    sets[candidate.cluster] = set;
  }
  return sets;
}

void add_set(Plan& plan, const ClusterFacts& facts, const SigningSet& set,
             const std::string& reason) {
  if (!facts.namespace_found && !facts.found) {
    Action action;
    action.cluster = facts.cluster;
    action.reason = "Istio's namespace";
    action.object = namespace_object();
    plan.actions.push_back(std::move(action));
  }
  Action action;
  action.cluster = facts.cluster;
  action.reason = reason;
  action.phase = 1;
  action.object = secret_object(set);
  plan.actions.push_back(std::move(action));
}

void add_kept(Plan& plan, const std::vector<StoredFile>& files) {
  for (const StoredFile& file : files) {
    Action action;
    action.type = ActionType::store;
    action.reason = "the authority's own; it never leaves this machine";
    action.file = file;
    plan.actions.push_back(std::move(action));
  }
}

Problem refusal(const ClusterFacts& facts, const std::string& what, const std::string& hint) {
  Problem problem;
  problem.code = "refused";
  problem.message = facts.cluster + ": " + what;
  problem.hint = hint;
  problem.cluster = facts.cluster;
  problem.object = to_string(secret_ref());
  return problem;
}

void refuse_unread(Plan& plan, const std::vector<ClusterFacts>& all) {
  for (const ClusterFacts& facts : all) {
    if (facts.problem) plan.refusals.push_back(*facts.problem);
  }
}

Plan install(const CommandRequest& request, const Host& host) {
  Plan plan;
  plan.title = "Shared CA for " + std::to_string(request.clusters.size()) +
               (request.clusters.size() == 1 ? " cluster" : " clusters");
  const std::vector<ClusterFacts> all = read_facts(host, request.clusters, Depth::install);
  refuse_unread(plan, all);
  if (!plan.refusals.empty()) return plan;
  const CaClient strategy(strategy_name(request), host);
  host.progress("", "asking the authority " + strategy_name(request));
  try {
    install_issued(plan, strategy, request, all, host.now());
  } catch (const Failure& failure) {
    if (failure.problem().code != "unsupported") throw;
    install_brought(plan, strategy, request, all, host.now());
  }
  plan.next = {"kubectl mesh certs verify: prove it", "kubectl mesh certs show: who signs whom"};
  return plan;
}

}  // namespace mesh::certs
