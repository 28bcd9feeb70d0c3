#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "istiod_files.hpp"
#include "x509.hpp"

#include "mesh/host.hpp"
#include "mesh/proxies.hpp"

namespace mesh::certs {

/// The four files of Istio's plug-in CA Secret, as they stand in it.
struct SigningSet {
  std::string ca_cert;
  SecretText ca_key;
  std::string cert_chain, root_cert;
  bool operator==(const SigningSet&) const = default;
};

struct IstiodPod {
  std::string started;      ///< RFC 3339
  bool multi_root = false;  ///< ISTIO_MULTIROOT_MESH: it takes up changed roots without a restart
  std::string signer = {};  ///< who signs the workloads' certificates in its place; empty: it does
  PodOwner owner = {};
};

/// A proxy with the certificates that its Envoy holds.
struct SeenProxy {
  Proxy proxy;
  std::string unread;              ///< why the rest is not known; empty: Envoy was asked
  std::vector<Certificate> chain;  ///< what it presents, its own first; empty: nothing
  std::vector<Certificate> roots;  ///< what it trusts; empty: it has no use for roots
  bool passes_through = false;     ///< a gateway that uses neither, so they are not looked at

  bool was_asked() const { return unread.empty(); }
};

/// What was seen of one cluster. Reading is here, judging elsewhere.
struct ClusterFacts {
  std::string cluster;
  std::string name_space = "istio-system";  ///< Istio's
  std::optional<Problem> problem;           ///< it could not be read
  bool namespace_found = false;
  bool namespace_ours = false;
  bool namespace_ending = false;
  bool found = false;                 ///< Secret cacerts
  bool ours = false;                  ///< it carries our label
  std::string uid, created, changed;  ///< of the Secret; times in RFC 3339
  FileNames files = k_istio_names;    ///< those that istiod reads
  std::vector<std::string> missing;   ///< of those: it lacks them or holds them empty
  bool shadowed = false;  ///< it holds another CA, too, under the names that are not read
  std::string crl;        ///< ca-crl.pem
  SigningSet set;
  std::vector<IstiodPod> istiod;
  bool self_signed_secret = false;  ///< istio-ca-secret: istiod runs or ran with a root of its own
  std::map<std::string, std::string> root_config_maps;  ///< namespace -> root-cert.pem
  std::map<std::string, std::string> roots_changed;     ///< the same: when; RFC 3339
  std::vector<SeenProxy> proxies;
  std::optional<Problem> unlisted;  ///< the operator may not list its pods
  std::vector<Workload> workloads;
  std::vector<Budget> budgets;
};

/// Everything that is read of one cluster, as the API server answered it.
struct ClusterAnswers {
  std::string cluster, name_space;
  ReadResult secret, pods, istio_namespace, self_signed, config_maps;
};
ClusterFacts facts_of(const ClusterAnswers& answers);
/// Each reads all that the one before does. `spread`: what istiod made of the Secret, which takes
/// the right to list ConfigMaps. `proxies`: what these hold, which takes the right to list pods.
/// `workloads`: what restarting them takes.
enum class Depth { set, spread, proxies, workloads };
struct Look {
  std::vector<std::string> clusters;
  std::string name_space = "istio-system";  ///< Istio's
  Depth depth = Depth::set;
  std::size_t sample = 0;  ///< how many proxies of each cluster are asked; 0: all
  bool ask = true;         ///< false: no proxy is asked
};
std::vector<ClusterFacts> read_facts(const Host& host, const Look& look);
Time now_of(const Host& host);

/// How a signing set stands, in the order in which it matters.
struct Assessment {
  enum class State {
    absent,
    incomplete,
    unreadable,
    mismatched,
    unsafe,
    early,
    expired,
    valid
  } state = State::absent;
  std::string why;
  std::string fix;  ///< of what istiod cannot read, in the words of a command; empty: none is known
  // What of it could be read, whatever its state.
  std::vector<Certificate> signing;  ///< of ca-cert.pem
  std::vector<Certificate> chain;
  std::vector<Certificate> roots;
  std::optional<PrivateKey> key;
};
Assessment assess(const ClusterFacts& facts, Time now);
/// Whether its signing CA leads to its root, whatever else is wrong with it.
bool is_sound(const Assessment& assessment);
/// "half-written: it lacks ca-key.pem"
std::string in_words(const Assessment& assessment);
std::string in_words(const std::vector<Certificate>& roots);

ObjectRef secret_ref(const std::string& name_space);
/// Who signs the workloads' certificates where istiod does not; empty: istiod does, or will.
std::string other_signer(const ClusterFacts& facts);
/// "Secret istio-system/cacerts"
std::string secret_name(const ClusterFacts& facts);
/// The objects to apply.
Json secret_object(const std::string& name_space, const SigningSet& set);
Json namespace_object(const std::string& name_space);

}  // namespace mesh::certs
