#include "sets.hpp"

#include <algorithm>
#include <set>

#include "at_once.hpp"
#include "rules.hpp"

namespace mesh::certs {

namespace {

std::vector<std::string> each_alone(const std::vector<std::string>& pems, const std::string& what) {
  std::vector<std::string> list;
  for (const std::string& pem : pems) {
    for (Certificate& one : read_certificates(pem, what + " that the strategy answered"))
      list.push_back(std::move(one.pem));
  }
  return list;
}

/// The end of `issued`: there is none.
auto issued_for(const CaIssued& answer, const Candidate& candidate) {
  return std::find_if(
      answer.issued.begin(), answer.issued.end(),
      [&](const IssuedCertificate& one) { return one.cluster == candidate.cluster; });
}

/// Those that were neither refused nor left to wait.
std::vector<Candidate> answered_in(const CaIssued& answer, std::vector<Candidate> candidates) {
  std::erase_if(candidates, [&](const Candidate& candidate) {
    const bool refused =
        std::any_of(answer.refused.begin(), answer.refused.end(),
                    [&](const Problem& problem) { return problem.cluster == candidate.cluster; });
    return refused || (answer.pending && issued_for(answer, candidate) == answer.issued.end());
  });
  return candidates;
}

/// " deployment/istiod", or of each revision that runs.
std::string istiod_deployments(const ClusterFacts& facts) {
  std::set<std::string> names;
  for (const IstiodPod& pod : facts.istiod) {
    if (pod.owner.kind == "Deployment") names.insert(pod.owner.name);
  }
  if (names.empty()) names.insert("istiod");
  std::string text;
  for (const std::string& name : names) text += " deployment/" + name;
  return text;
}

}  // namespace

std::vector<Candidate> make_candidates(const std::vector<std::string>& clusters,
                                       const std::string& algorithm,
                                       const std::string& istio_namespace) {
  return at_once<Candidate>(clusters, [&](const std::string& cluster) {
    PrivateKey key = make_key(algorithm);
    std::string csr = make_request(key, cluster, istio_namespace);
    return Candidate{cluster, std::move(key), std::move(csr)};
  });
}

std::vector<CertificateRequest> requests_of(const std::vector<Candidate>& candidates) {
  std::vector<CertificateRequest> requests;
  for (const Candidate& candidate : candidates)
    requests.push_back({candidate.cluster, candidate.csr});
  return requests;
}

void judge(const std::string& cluster, const SigningSet& set, Time now) {
  const ReadSet read{read_certificates(set.ca_cert, cluster + ": the CA certificate").front(),
                     read_key(set.ca_key.reveal(), {}, cluster + ": the CA key"),
                     read_certificates(set.cert_chain, cluster + ": the chain"),
                     read_certificates(set.root_cert, cluster + ": the root")};
  std::optional<Fault> fault = set_fault(read, now);
  const bool is_root =
      std::any_of(read.roots.begin(), read.roots.end(),
                  [&](const Certificate& one) { return one.key_hash == read.signer.key_hash; });
  // Whoever may read Secrets in one cluster would then own all of them.
  if (!fault && is_root)
    fault = Fault{Fault::Kind::unsafe,
                  "ca-cert.pem is the root itself: its key would lie in the cluster",
                  "sign an intermediate for each cluster and bring that"};
  if (!fault) return;
  Problem problem;
  problem.code = "refused";
  problem.message =
      cluster + ": the signing set would not do: " + fault->why + "; nothing was written";
  problem.hint = fault->hint;
  problem.cluster = cluster;
  throw Failure(std::move(problem));
}

std::map<std::string, SigningSet> accept(const CaIssued& answer,
                                         const std::vector<Candidate>& candidates, Time now) {
  const std::vector<std::string> roots = each_alone(answer.roots, "the roots");
  const std::vector<Candidate> answered = answered_in(answer, candidates);
  const auto set_for = [&](const Candidate& candidate) {
    const auto issued = issued_for(answer, candidate);
    if (issued == answer.issued.end() || issued->chain.empty())
      throw Failure("plugin-fault", "the strategy issued nothing for " + candidate.cluster);
    // As we write them, whatever stood around them in the answer.
    const std::vector<std::string> chain = each_alone(issued->chain, "the chain");
    SigningSet set{chain.front(), candidate.key.pem, join_pem(chain), join_pem(roots)};
    judge(candidate.cluster, set, now);
    return set;
  };
  std::vector<SigningSet> made = at_once<SigningSet>(answered, set_for);
  std::map<std::string, SigningSet> sets;
  for (std::size_t at = 0; at < made.size(); ++at) sets[answered[at].cluster] = std::move(made[at]);
  return sets;
}

void add_set(Plan& plan, const ClusterFacts& facts, const SigningSet& set,
             const std::string& reason) {
  if (!facts.namespace_found) {
    Action action;
    action.cluster = facts.cluster;
    action.reason = "Istio's namespace";
    action.object = namespace_object(facts.name_space);
    plan.actions.push_back(std::move(action));
  }
  Action action;
  action.cluster = facts.cluster;
  action.reason = reason;
  action.phase = 1;
  action.object = secret_object(facts.name_space, set);
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

void announce_sets(Plan& plan, const std::vector<std::string>& clusters,
                   const std::string& istio_namespace) {
  plan.announces.push_back(
      {.type = ActionType::store, .file = "*", .reason = "the authority's own"});
  for (const std::string& cluster : clusters) {
    for (const Json& object :
         {namespace_object(istio_namespace), secret_object(istio_namespace, {})}) {
      plan.announces.push_back({.type = ActionType::apply,
                                .cluster = cluster,
                                .target = ref_of(object),
                                .reason = "its signing set"});
    }
  }
}

Problem refusal(const ClusterFacts& facts, const std::string& what, const std::string& hint) {
  Problem problem;
  problem.code = "refused";
  problem.message = facts.cluster + ": " + what;
  problem.hint = hint;
  problem.cluster = facts.cluster;
  problem.object = secret_name(facts);
  return problem;
}

std::string delete_command(const ClusterFacts& facts) {
  return "kubectl --context " + facts.cluster + " -n " + facts.name_space +
         " delete secret cacerts";
}

std::string repair_text(const ClusterFacts& facts, const Assessment& found) {
  if (facts.ours && facts.files != k_istio_names)
    return "remove what was added to it: kubectl --context " + facts.cluster + " -n " +
           facts.name_space +
           " patch secret cacerts --type=json -p "
           "'[{\"op\":\"remove\",\"path\":\"/data/tls.crt\"}]'";
  if (facts.ours) return "kubectl mesh certs install --contexts " + facts.cluster;
  if (!found.fix.empty()) return found.fix;
  const std::string fix = "fix it where it is made";
  if (is_sound(found)) return fix;
  return fix + ", or if nothing uses it: " + delete_command(facts) +
         ", then kubectl mesh certs install";
}

std::string file_names(const FileNames& files) {
  std::string text = std::string(files.ca_cert) + ", " + std::string(files.ca_key);
  if (files.cert_chain != files.ca_cert) text += ", " + std::string(files.cert_chain);
  return text + " and " + std::string(files.root_cert);
}

void refuse_unread(Plan& plan, const std::vector<ClusterFacts>& all) {
  for (const ClusterFacts& facts : all) {
    if (facts.problem) plan.refusals.push_back(*facts.problem);
  }
}

std::string restart_text(const ClusterFacts& facts) {
  return "restart it (kubectl --context " + facts.cluster + " -n " + facts.name_space +
         " rollout restart" + istiod_deployments(facts) + "), then every workload with a sidecar";
}

}  // namespace mesh::certs
