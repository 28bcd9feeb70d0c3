#pragma once

#include "mesh/extension.hpp"

// dns/1: how a cluster's DNS learns the mesh's zone. The dns concern looks, chooses, runs a name
// server for the zone and proves; a strategy knows one kind of cluster DNS. It reads what the
// concern saw and answers with a plan. Documents: sdk/schemas/dns.json.

namespace mesh {

/// One name of the zone, out of the cluster's ServiceEntries.
struct DnsName {
  std::string host;                    ///< in small letters, without a dot at its end
  std::vector<std::string> addresses;  ///< IPv4 and IPv6
  bool operator==(const DnsName&) const = default;
};

/// What the concern saw of one cluster, and what is wanted of it.
struct DnsRequest {
  std::string cluster;
  std::string suffix;  ///< the zone: "global"
  std::string cluster_domain = "cluster.local";
  std::string name_space = "istio-system";  ///< Istio's
  std::string platform;     ///< "gke", "eks", "aks", "openshift", "k3s", ...; empty: unknown
  bool node_local = false;  ///< NodeLocal DNSCache answers before the cluster's DNS
  /// By role, absent where there is none: "workload" (of the cluster's DNS), "config" (ConfigMap
  /// with its Corefile), "custom" (ConfigMap with further server blocks), "stubs" (ConfigMap
  /// kube-system/kube-dns), "mesh" (ConfigMap of Istio's mesh config).
  Json objects = Json::object();
  std::string server;          ///< address of the concern's name server for the zone; empty: none
  std::vector<DnsName> names;  ///< of the zone, sorted
  Json settings = Json::object();
};

/// How well a strategy fits a cluster.
struct DnsFit {
  int score = 0;     ///< 0: not at all; 1: only if it is named; up to 100. `auto` takes the highest
  std::string why;   ///< end of a sentence: "its Corefile imports ConfigMap coredns-custom"
  std::string hint;  ///< score 0: the supported way on such a cluster
};

/// Pods that answer for the zone, where those of the cluster's DNS do not.
struct DnsResolver {
  std::string name_space;
  std::string labels;      ///< selector, as of kubectl -l
  std::int64_t port = 53;  ///< of TCP
};

/// What there is of the strategy's work in a cluster.
struct DnsLook {
  bool present = false;
  std::vector<std::string> targets;      ///< addresses that the zone is sent to
  std::string where;                     ///< "ConfigMap kube-system/coredns"
  std::vector<DnsResolver> resolvers{};  ///< asked for the proof; empty: the cluster's DNS pods
  std::string unprovable{};              ///< why no pod can be asked for the zone; empty: it can
};

/// A strategy with the ability "forward" sends the zone to `server`, which the concern runs for it;
/// one without answers by itself.
class DnsStrategy : public ExtensionPoint {
 public:
  virtual DnsFit fit(const DnsRequest& request, const Host& host) = 0;
  virtual DnsLook look(const DnsRequest& request, const Host& host) = 0;
  /// Actions, notes and refusals for this one cluster; phases are the concern's. No action: it is
  /// there already.
  virtual Plan plan(const DnsRequest& request, const Host& host) = 0;
  /// Takes back what plan() brought; no action: nothing is there.
  virtual Plan remove(const DnsRequest& request, const Host& host) = 0;
  Json invoke(std::string_view verb, const Json& request, const Host& host) final;
};

/// A strategy as the dns concern calls it, wherever it lives: the other end of DnsStrategy.
class DnsClient {
 public:
  DnsClient(std::string name, const Host& host);
  DnsFit fit(const DnsRequest&) const;
  DnsLook look(const DnsRequest&) const;
  Plan plan(const DnsRequest&) const;
  Plan remove(const DnsRequest&) const;

 private:
  std::string m_address;
  const Host& m_host;
};

}  // namespace mesh
