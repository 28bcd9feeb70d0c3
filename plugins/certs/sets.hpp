#pragma once

#include <map>
#include <vector>

#include "facts.hpp"

#include "mesh/extension.hpp"

namespace mesh::certs {

// From keys and a strategy's answer to the actions of a plan.

/// A key and its request for one cluster, until the chain comes back.
struct Candidate {
  std::string cluster;
  PrivateKey key;
  std::string csr;
};
/// New keys.
std::vector<Candidate> make_candidates(const std::vector<std::string>& clusters,
                                       const std::string& algorithm,
                                       const std::string& istio_namespace);
std::vector<CertificateRequest> requests_of(const std::vector<Candidate>& candidates);

/// What a strategy answered, as the sets to write, each judged first: a bad strategy must not break
/// a mesh. Throws Failure("refused").
std::map<std::string, SigningSet> accept(const CaIssued& answer,
                                         const std::vector<Candidate>& candidates, Time now);

/// Throws Failure("refused") that names the cluster and what is wrong with the set.
void judge(const std::string& cluster, const SigningSet& set, Time now);

/// The actions that bring a set into a cluster.
void add_set(Plan& plan, const ClusterFacts& facts, const SigningSet& set,
             const std::string& reason);
void add_kept(Plan& plan, const std::vector<StoredFile>& files);
/// The same as what a later plan does.
void announce_sets(Plan& plan, const std::vector<std::string>& clusters,
                   const std::string& istio_namespace);
/// A set that somebody else made, or of another root.
Problem refusal(const ClusterFacts& facts, const std::string& what, const std::string& hint);
/// What to do about a set that is not valid.
std::string repair_text(const ClusterFacts& facts, const Assessment& found);
/// "kubectl --context a -n istio-system delete secret cacerts": never of a CA that is sound.
std::string delete_command(const ClusterFacts& facts);
/// "ca-cert.pem, ca-key.pem, cert-chain.pem and root-cert.pem"
std::string file_names(const FileNames& files);
/// Every cluster that could not be read is a refusal: a plan for the others alone would be half a
/// mesh.
void refuse_unread(Plan& plan, const std::vector<ClusterFacts>& all);
/// "afterwards restart istiod (...), then every workload with a sidecar"
std::string restart_text(const ClusterFacts& facts);

}  // namespace mesh::certs
