#pragma once

#include <string>

#include "mesh/json.hpp"

namespace mesh::dns {

/// "gke", "eks", "aks", "openshift", "k3s", "rke2", "kind", ...; empty: unknown.
std::string platform_of(const Json& node, bool has_openshift_dns);
bool is_autopilot(const Json& node);

/// The Deployment that answers the cluster's names, out of those of kube-system; null: none.
Json find_workload(const Json& deployments);
/// The ConfigMap that its container reads its Corefile from: "coredns".
std::string config_name(const Json& workload);
/// The ConfigMap that is mounted at the folder that a Corefile imports from: "custom/*.server".
/// Empty: none is.
std::string custom_name(const Json& workload, const std::string& import);
/// The port on which a pod answers its clients over TCP: "dns-tcp". kube-dns also has
/// "dns-tcp-local", which knows no stub domains.
int dns_port(const Json& pod_spec);
/// --domain of kube-dns; empty: it does not say.
std::string domain_argument(const Json& workload);

}  // namespace mesh::dns
