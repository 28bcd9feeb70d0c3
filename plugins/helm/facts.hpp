#pragma once

#include <optional>
#include <string>
#include <vector>

#include "releases.hpp"

namespace mesh::helm {

/// What a cluster holds of Istio, read once: eight requests at most.
struct ClusterFacts {
  std::string cluster;
  Json name_space;              ///< null: not there
  std::string revision;         ///< that is selected; "": the default one
  std::vector<Json> istiods;    ///< Deployments labelled app=istiod, one or more per revision
  std::vector<Json> gateways;   ///< Deployments labelled as east-west gateways
  Json gateway_service;         ///< null: not there
  Json cross_network;           ///< the Gateway that exposes services; null: not there
  Json mesh_config_map;         ///< of the selected revision; null: not there
  Json mesh_config;             ///< what is in it
  std::string mesh_unread;      ///< why it is no YAML, which istiod does not take up either
  std::vector<Json> injectors;  ///< MutatingWebhookConfigurations of all revisions and tags
  Json webhook;                 ///< that of the selected revision; null: not there
  Json validator;               ///< what base makes: its label names who validates; null: not there
  std::string kubernetes;       ///< "v1.36.4"; empty: not asked, or not told
  std::optional<std::vector<Json>> policies;  ///< NetworkPolicies of the namespace, likewise
  std::optional<Problem> problem;
};

std::vector<ClusterFacts> read_facts(const Host& host, const std::vector<std::string>& clusters,
                                     const Wanted& wanted);

/// One more request each; who may not ask that can do without.
void read_versions(const Host& host, std::vector<ClusterFacts>& all);
void read_policies(const Host& host, std::vector<ClusterFacts>& all, const Wanted& wanted);

/// Environment of istiod's container: "CLUSTER_ID"; "" if it is not there.
std::string istiod_environment(const Json& deployment, const std::string& name);
/// As istiod takes it: cluster.local if its configuration says nothing.
std::string trust_domain_of(const ClusterFacts& facts);
/// "1.31.0" of the container's image; empty: it names no version.
std::string image_tag(const Json& deployment);
/// "3 of 3 ready", for people.
std::string readiness(const Json& deployment);
bool is_ready(const Json& deployment);
/// Addresses of the gateway: IPs or host names of its load balancer, else external IPs.
std::vector<std::string> gateway_addresses(const Json& service);

}  // namespace mesh::helm
