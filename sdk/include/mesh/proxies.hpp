#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "mesh/host.hpp"
#include "mesh/workloads.hpp"

// What the proxies of a mesh hold: each Envoy is asked for its active secrets through pod/1, that
// is, through the API server's port-forward. A plugin that reads them needs pod/1 (`Needs::pods`)
// and reads v1/Pod.
//
// Envoy's /certs is not enough: of a bundle of roots it shows the first one only
// (getCaCertInformation returns one certificate), which during a root rotation is the old one all
// the time. /config_dump has both secrets whole, and the private key as "[redacted]".

namespace mesh {

/// A sidecar or a gateway: a running pod with a container istio-proxy.
struct Proxy {
  std::string cluster, name_space, pod;
  PodOwner owner;
  std::string created;       ///< RFC 3339
  int admin_port = 15000;    ///< of Envoy, on the pod's loopback
  bool gateway = false;      ///< else a sidecar
  bool takes_roots = false;  ///< PROXY_CONFIG_XDS_AGENT: it takes changed roots up by itself
};

/// What an Envoy presents and trusts, as PEM; empty: it has no such secret.
struct ProxyCertificates {
  std::string chain;  ///< its own certificate first, then the issuers that it sends with it
  std::string roots;

  bool operator==(const ProxyCertificates&) const = default;
};

struct ProxyState {
  Proxy proxy;
  /// A gateway that only passes TLS through (AUTO_PASSTHROUGH): nobody is shown what it holds.
  bool passes_through = false;
  std::optional<ProxyCertificates> holds;  ///< absent: it was not asked, or did not answer
  std::string unread;                      ///< why `holds` is absent
};

/// The proxies of one cluster, sorted by namespace and workload.
struct ClusterProxies {
  std::string cluster;
  std::vector<ProxyState> proxies;
  std::optional<Problem> problem;  ///< its pods could not be listed
};

struct ProxyLook {
  std::vector<std::string> clusters;
  std::size_t sample = 0;  ///< how many of each cluster are asked, of each workload one before
                           ///< any second; 0: all
  bool ask = true;         ///< false: they are listed only
};

/// One ClusterProxies per cluster, in the order of `look.clusters`.
std::vector<ClusterProxies> read_proxies(const Host& host, const ProxyLook& look);

/// Returns nothing for a pod without a running proxy.
std::optional<Proxy> proxy_of(const std::string& cluster, const Json& pod);
// Read Envoy's answers to /config_dump. Throw Failure("invalid-document").
ProxyCertificates proxy_certificates(const std::string& secrets);
/// Whether all listeners hand their connections on by SNI, to clusters without TLS of their own.
bool only_passes_through(const std::string& listeners);

}  // namespace mesh
