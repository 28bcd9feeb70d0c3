#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "releases.hpp"

#include "mesh/passthrough.hpp"

namespace mesh::helm {

/// A configuration of webhooks that call a Service which is not there.
struct Orphan {
  std::string kind, name;
  ObjectRef service;
  bool fails_closed = true;  ///< what it is called for is refused meanwhile
};

/// What a cluster holds of Istio, read once: seven requests, a few more where the gateway is not in
/// Istio's namespace or a webhook is looked into.
struct ClusterFacts {
  std::string cluster;
  Json name_space;                  ///< null: not there
  std::string revision;             ///< that is selected; "": the default one
  std::vector<Json> istiods;        ///< Deployments labelled app=istiod, one or more per revision
  std::string name_space_name;      ///< that is meant
  std::vector<Json> deployments;    ///< all of that namespace, and of the gateway's
  std::vector<Json> gateways;       ///< Deployments behind the east-west gateway's Service
  Json gateway_service;             ///< wherever it is; null: not there
  std::vector<Passthrough> opened;  ///< by Gateways of any name, in any namespace
  Json cross_network;               ///< the Gateway that this tool makes; null: not there
  Json mesh_config_map;             ///< of the selected revision; null: not there
  Json mesh_config;                 ///< what is in it
  std::string mesh_unread;          ///< why it is no YAML, which istiod does not take up either
  std::vector<Json> injectors;      ///< MutatingWebhookConfigurations of all revisions and tags
  Json webhook;                     ///< that of the selected revision; null: not there
  std::vector<Json> validators;     ///< ValidatingWebhookConfigurations, likewise
  std::vector<Orphan> orphans;      ///< of both, if read_orphans was called
  Json validator;          ///< what base makes: its label names who validates; null: not there
  std::string kubernetes;  ///< "v1.36.4"; empty: not asked, or not told
  /// NetworkPolicies by namespace: Istio's and the gateway's; absent: they could not be read.
  std::map<std::string, std::vector<Json>> policies;
  std::optional<Problem> problem;
};

std::vector<ClusterFacts> read_facts(const Host& host, const std::vector<std::string>& clusters,
                                     const Wanted& wanted);

/// One more request each; who may not ask that can do without.
void read_versions(const Host& host, std::vector<ClusterFacts>& all);
void read_policies(const Host& host, std::vector<ClusterFacts>& all);

/// Environment of istiod's container: "CLUSTER_ID"; "" if it is not there.
std::string istiod_environment(const Json& deployment, const std::string& name);
/// As istiod takes it: cluster.local if its configuration says nothing.
std::string trust_domain_of(const ClusterFacts& facts);
/// "1.31.0" of the container's image; empty: it names no version.
std::string image_tag(const Json& deployment);
/// "3 of 3 ready", for people.
std::string readiness(const Json& deployment);
bool is_ready(const Json& deployment);
/// Of the gateway's Service, to which the other clusters' calls come; 0: it has none.
int gateway_port(const Json& service);
/// Addresses of the gateway: IPs or host names of its load balancer, else external IPs.
std::vector<std::string> gateway_addresses(const Json& service);

}  // namespace mesh::helm
