#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mesh/dns.hpp"
#include "mesh/host.hpp"

namespace mesh::dns {

/// What `verify` may ask.
struct DnsPod {
  std::string name_space, name;
  int port = 53;
  bool ready = false;
  bool operator==(const DnsPod&) const = default;
};

/// The name server of the zone: ConfigMap, Service and Deployment kubectl-mesh-dns, null where
/// absent.
struct ServerFacts {
  Json config, service, deployment;
  std::string address() const;  ///< of the Service; empty: none yet
};

/// What was seen of one cluster. Reading is here, judging elsewhere.
struct ClusterFacts {
  std::string cluster;
  std::string name_space = "istio-system";  ///< Istio's
  std::optional<Problem> problem;           ///< it could not be read
  bool namespace_found = false, namespace_ending = false;
  std::string platform;
  bool autopilot = false;   ///< of GKE
  bool node_local = false;  ///< NodeLocal DNSCache
  std::string cluster_domain = "cluster.local";
  std::string kubernetes;         ///< address of Service default/kubernetes
  Json objects = Json::object();  ///< as DnsRequest::objects
  ServerFacts server;
  Json service_entries = Json::array();  ///< ours
  std::vector<DnsPod> pods;              ///< of the cluster's DNS
  std::vector<DnsPod> server_pods;       ///< of kubectl-mesh-dns
  std::vector<DnsPod> resolvers{};       ///< those that the strategy names; see read_resolvers
};

/// Everything that is read of one cluster, as the API server answered it, by the names of
/// facts.cpp's rows.
using Answers = std::map<std::string, ReadResult>;
ClusterFacts facts_of(const std::string& cluster, const std::string& name_space,
                      const Answers& answers);
/// `pods` also reads whom to ask.
enum class Depth { objects, pods };
std::vector<ClusterFacts> read_facts(const Host& host, const std::vector<std::string>& clusters,
                                     const std::string& name_space, Depth depth);

/// The pods that strategies want asked in the place of the cluster's DNS: `looks` is what each said
/// of the cluster of the same place. What cannot be read is the cluster's problem.
void read_resolvers(const Host& host, const std::vector<DnsLook>& looks,
                    std::vector<ClusterFacts>& all);

/// What the strategies are asked with.
DnsRequest request_for(const ClusterFacts& facts, const std::string& suffix, const Json& settings);

/// "a, b"; empty for none.
std::string joined(const std::vector<std::string>& words);

/// "ConfigMap kube-system/coredns"; empty for null.
std::string object_name(const Json& object);

}  // namespace mesh::dns
