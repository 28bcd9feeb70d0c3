#pragma once

#include <map>
#include <string>
#include <vector>

#include "message.hpp"
#include "verbs.hpp"
#include "zone.hpp"
#include <catch2/catch.hpp>

// What the tests of the dns concern share: clusters that live in memory behind the plugin's host
// functions, with DNS pods that answer from the objects.

namespace mesh::dns::test {

inline constexpr const char* k_corefile =
    ".:53 {\n"
    "    errors\n"
    "    health {\n"
    "       lameduck 5s\n"
    "    }\n"
    "    ready\n"
    "    kubernetes cluster.local in-addr.arpa ip6.arpa {\n"
    "       pods insecure\n"
    "       fallthrough in-addr.arpa ip6.arpa\n"
    "       ttl 30\n"
    "    }\n"
    "    prometheus :9153\n"
    "    forward . /etc/resolv.conf {\n"
    "       max_concurrent 1000\n"
    "    }\n"
    "    cache 30\n"
    "    loop\n"
    "    reload\n"
    "    loadbalance\n"
    "}\n";

/// One that runs and is ready.
Json dns_pod(const std::string& name_space, const std::string& name, int port);

/// Clusters in memory, as a plugin sees them. Lists are answered by kind and namespace; labels are
/// looked at where the concern relies on them.
class Clusters {
 public:
  Clusters();
  Host host() { return Host(&m_functions); }
  const mesh_host* functions() const { return &m_functions; }

  /// A cluster as kubeadm makes it; `custom`: its Corefile imports coredns-custom.
  void add_coredns(const std::string& cluster, const std::string& corefile = k_corefile);
  void add_custom(const std::string& cluster, bool there = true);
  /// GKE with kube-dns; `stubs` absent: its ConfigMap is empty.
  void add_kube_dns(const std::string& cluster, const std::optional<std::string>& stubs = {});
  void export_name(const std::string& cluster, const std::string& host, const std::string& address);
  Json& object(const std::string& cluster, const std::string& key);
  std::string corefile(const std::string& cluster);
  std::optional<std::string> stubs(const std::string& cluster);

  CommandRequest request(const char* verb, std::vector<std::string> names,
                         Json options = Json::object(), Json extra = Json::object());
  Plan install(std::vector<std::string> names, Json options = Json::object());
  /// Plans and carries out until no plan continues; how many writes there were.
  int install_all(const std::vector<std::string>& names, const Json& options = Json::object());
  Report verify(std::vector<std::string> names, Json options = Json::object());
  /// The plan as the host would carry it out; edits by their patch, with their precondition held.
  int apply(const Plan& plan);

  std::map<std::string, std::map<std::string, Json>> objects;  ///< "ConfigMap kube-system/coredns"
  std::map<std::string, ExtensionPtr> strategies;
  MeshView mesh;
  Json settings = Json::object();  ///< of mesh.yaml
  std::string unreadable;          ///< a cluster that answers with a problem
  std::string deaf;                ///< a pod that cannot be asked
  bool cluster_names = true;

 private:
  static std::int32_t call(void* self, mesh_text service, mesh_text verb, mesh_text request,
                           const mesh_sink* reply);
  Json answer(const std::string& service, const std::string& verb, const Json& request);
  Json read(const Json& wanted);
  Json ask(const Json& wanted);
  void start_server(const std::string& cluster);
  void put(const std::string& cluster, Json object);
  std::vector<std::string> resolve(const std::string& cluster, const std::string& name, bool v6,
                                   std::string& code);

  mesh_host m_functions{};
  int m_uids = 0;
};

/// An answer as a DNS server would send it.
std::string wire_reply(const std::string& query, const std::vector<std::string>& addresses,
                       const std::string& code);
/// The name that a query asks for, and whether it asks for IPv6.
std::pair<std::string, bool> asked_in(const std::string& query);

const Finding* find(const std::vector<Finding>& findings, const std::string& id);
Json finding(const Report& report, const std::string& id, const std::string& cluster);

template <typename Work>
Problem problem_of(const Work& work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.problem();
  }
  FAIL("no Failure was thrown");
  return {};
}

}  // namespace mesh::dns::test
