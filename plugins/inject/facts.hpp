#pragma once

#include <set>

#include "labels.hpp"

#include "mesh/extension.hpp"
#include "mesh/owners.hpp"
#include "mesh/workloads.hpp"

namespace mesh::inject {

struct Webhook {
  std::string configuration;  ///< name of the MutatingWebhookConfiguration
  std::string revision, tag;
  Json namespaces, objects;  ///< selectors
  std::string ca;            ///< PEM; empty: istiod has not filled it in yet
  std::size_t index = 0;     ///< in the configuration
  std::string service;       ///< "NAMESPACE/NAME" of what it calls; empty: a URL
  bool fails_closed = true;  ///< no pod is made while it does not answer
  bool served = true;        ///< a ready pod is behind `service`, or that is not known
};

/// What a proxy says of its place; empty: not said.
struct ProxySettings {
  std::string cluster, network, mesh;
};

struct SeenPod {
  std::string name_space, name, workload_kind, workload;  ///< workload empty: nothing restarts it
  Labels labels;
  bool host_network = false;
  bool refuses = false;  ///< by annotation
  bool injected = false;
  std::string revision;                   ///< that injected it
  std::string version;                    ///< of its proxy: the image's tag
  std::optional<ProxySettings> settings;  ///< as its proxy says them
};

struct SeenNamespace {
  std::string name, uid, before;  ///< `before`: our annotation
  bool ours = false;
  bool has_labels = false, has_annotations = false;
  bool ending = false;
  std::optional<ObjectOwner> owner;  ///< who else writes it
  Labels labels;
};

struct ClusterFacts {
  std::string cluster;
  std::optional<Problem> problem;
  std::map<std::string, SeenNamespace> namespaces;  ///< all of them
  std::vector<SeenPod> pods;                        ///< of the namespaces that were looked at
  std::vector<Workload> workloads;
  std::vector<Budget> budgets;
  std::vector<Webhook> webhooks;
  std::set<std::string> versions;                  ///< of the istiods that run
  std::vector<Json> istiod;                        ///< their pods
  std::map<std::string, ProxySettings> injectors;  ///< what a new pod gets, by revision
  std::map<std::string, Json> discovery;           ///< discoverySelectors, by revision
  std::string root;                                ///< PEM, what workloads trust; empty: not known
};

SeenNamespace seen_namespace(const Json& object);
SeenPod seen_pod(const Json& pod);
std::vector<Webhook> seen_webhooks(const Json& configuration);

/// Which namespaces matter: a function of their labels and annotations.
using Which = bool (*)(const SeenNamespace&);
bool concerned(const SeenNamespace& one);  ///< it is labelled for injection, or was by us

struct Look {
  std::vector<std::string> clusters;
  std::vector<std::string> namespaces;  ///< empty: all that `which` takes
  Which which = concerned;
  std::string istio_namespace = "istio-system";
  bool workloads = true;  ///< workloads and budgets too
};
std::vector<ClusterFacts> read_facts(const Host& host, const Look& look);

}  // namespace mesh::inject
