#pragma once

#include <map>
#include <string>
#include <vector>

#include "mesh/extension.hpp"

// What the istiods of a cluster say over the API server's port-forward: all of them, because each
// watches the other clusters for itself, whichever its revision.

namespace mesh::serviceentry {

struct IstiodPod {
  std::string name, tag;  ///< "1.31.0" of its image; empty: it has none
};

/// Returns the running istiods by cluster.
std::map<std::string, std::vector<IstiodPod>> running_istiods(
    const Host& host, const std::vector<std::string>& clusters, const std::string& istio_namespace);

/// What one istiod answered, or why it did not.
struct Heard {
  std::string pod;
  Json document;
  std::string why;
};

/// An endpoint of istiod's, and the answers by cluster.
struct DebugAsk {
  const char* path;
  std::map<std::string, std::vector<Heard>> answers{};
};
void ask_istiods(const Host& host, const std::map<std::string, std::vector<IstiodPod>>& pods,
                 const std::string& istio_namespace, std::vector<DebugAsk>& asks);

inline constexpr const char* k_clusterz = "/debug/clusterz";
inline constexpr const char* k_networkz = "/debug/networkz";

/// What an istiod says of its registry of another cluster, by the answer of k_clusterz: "synced",
/// "syncing", "timeout", "closed"; "": it knows nothing of the cluster.
std::string sync_status(const Json& clusterz, const std::string& cluster_name);

/// The verb `verify` as the proof of remote secrets that were just written: whether each istiod of
/// the one cluster has synced with the clusters that the option `reach` names.
Report reached(const CommandRequest& request, const std::string& istio_namespace, const Host& host);
/// The action that proves by it.
Action reach_proof(const std::string& observer, const std::string& istio_namespace,
                   const Json& reach, bool changed);

}  // namespace mesh::serviceentry
