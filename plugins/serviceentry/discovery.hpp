#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "stubs.hpp"

#include "mesh/exposure.hpp"

// The strategy `discovery`: every istiod watches the API servers of the other clusters, by remote
// secrets that equal in what matters those of `istioctl create-remote-secret`.

namespace mesh::serviceentry {

inline constexpr const char* k_reader = "istio-reader-service-account";
inline constexpr const char* k_token_secret =
    "istio-reader-service-account-istio-remote-secret-token";
inline constexpr const char* k_our_role = "kubectl-mesh-istio-reader";
inline constexpr const char* k_multi_cluster = "istio/multiCluster";
inline constexpr const char* k_cluster_annotation = "networking.istio.io/cluster";

/// A Secret that istiod takes for the way to another cluster.
struct RemoteSecret {
  std::string name, uid, annotation;
  bool ours = false;
  std::string from;                             ///< our label
  std::map<std::string, std::string> clusters;  ///< Istio's name of a cluster -> its kubeconfig
};

/// What one cluster holds that matters to discovery.
struct DiscoveryFacts {
  std::string cluster;
  std::optional<Problem> problem;
  bool namespace_found = false, namespace_ending = false;
  bool account_found = false, account_ours = false;
  bool bound = false, binding_ours = false;  ///< the account may read what istiod watches
  bool token_found = false, token_ours = false;
  std::string token, ca;  ///< of its token Secret; PEM
  std::vector<RemoteSecret> remotes;
  std::string server, server_ca;  ///< as the kubeconfig has them
  std::string server_problem;     ///< why they are not known
  StubFacts stubs;                ///< read for `sync`, `list` and `remove` only
};

struct DiscoveryAnswers {
  std::string cluster;
  ReadResult name_space, account, token, bindings, remotes;
};
DiscoveryFacts discovery_facts_of(const DiscoveryAnswers& answers);
std::vector<DiscoveryFacts> read_discovery_facts(const Host& host,
                                                 const std::vector<std::string>& clusters,
                                                 const std::string& istio_namespace);

struct DiscoverySettings {
  std::map<std::string, std::string> servers;   ///< by Istio's name of the cluster
  std::map<std::string, std::string> ca_files;  ///< likewise
  enum class Ca { token, kubeconfig, file } ca = Ca::token;
};
/// Throws Failure("invalid-input").
DiscoverySettings discovery_settings(const Json& settings);

/// How the others reach the API server of a cluster.
struct RemoteAccess {
  std::string name;  ///< Istio's name of the cluster
  std::string server, ca, token;
};
/// As clientcmd writes it: what istiod reads out of a remote secret.
std::string kubeconfig_text(const RemoteAccess& access);
/// The fields of such a text; what another form has is left empty.
RemoteAccess read_kubeconfig(const std::string& name, const std::string& text);
/// The token that is held for a cluster; "": none, or in another form.
std::string token_held(const DiscoveryFacts& facts, const std::string& name);
bool same_access(const RemoteAccess& one, const RemoteAccess& other);
/// "" or what istiod would not accept about a kubeconfig, as the end of a sentence.
std::string kubeconfig_fault(const std::string& text);
bool is_loopback(const std::string& server);
/// "" or why the access of a cluster is not known.
std::string fill_access(RemoteAccess& access, const DiscoveryFacts& facts,
                        const DiscoverySettings& settings);

Json remote_secret(const RemoteAccess& access, const std::string& name_space);
std::string remote_secret_name(const std::string& cluster_name);
Json reader_account(const std::string& name_space);
Json reader_role(const std::string& name_space);
Json reader_binding(const std::string& name_space);
Json token_secret(const std::string& name_space);

Plan plan_discovery(const ExposureRequest& request, const std::vector<DiscoveryFacts>& all,
                    const Host& host);
Plan plan_discovery_removal(const ExposureRequest& request, const std::vector<DiscoveryFacts>& all,
                            const Host& host);
Report discovery_list(const ExposureRequest& request, const std::vector<DiscoveryFacts>& all);

}  // namespace mesh::serviceentry
