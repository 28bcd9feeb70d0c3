#include "owners.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "look_up.hpp"

#include "mesh/owners.hpp"

namespace mesh::dns {

namespace {

/// The way that an owner supports, by his id.
struct WayRow {
  std::string_view id;
  const char* hint;
};
constexpr const char* k_own_source =
    "put the zone into the source that it is written from, or use --strategy istio-proxy";
constexpr std::array<WayRow, 6> k_ways{{
    {"rke2",
     "add the zone to spec.valuesContent (servers) of HelmChartConfig kube-system/rke2-coredns"},
    {"addon-manager",
     "use ConfigMap kube-system/coredns-custom, which AKS leaves to you: --strategy coredns-custom "
     "or --strategy istio-proxy"},
    {"k3s", "use ConfigMap kube-system/coredns-custom: --strategy coredns-custom"},
    {"kops",
     "add the zone to spec.kubeDNS.externalCoreFile of the cluster (kops edit cluster), or use "
     "--strategy istio-proxy"},
    {"gardener",
     "use ConfigMap kube-system/coredns-custom, which Gardener leaves to you: --strategy "
     "coredns-custom or --strategy istio-proxy"},
    {"eks",
     "add the zone to the add-on's configuration values (aws eks update-addon --addon-name "
     "coredns --configuration-values, key corefile), or use --strategy istio-proxy"},
}};

/// Platforms on which editing leads nowhere, whatever the objects say.
struct HindranceRow {
  bool (*here)(const DnsRequest&);
  const char* why;
  const char* hint;
};

bool on(const DnsRequest& request, const char* platform) {
  return request.platform == platform;
}

/// GKE without kube-dns, or with none of its pods wanted: Cloud DNS answers.
bool cloud_dns(const DnsRequest& request) {
  if (!request.platform.starts_with("gke")) return false;
  const auto workload = request.objects.find("workload");
  return workload == request.objects.end() || at(*workload, "/spec/replicas") == 0;
}

constexpr std::array<HindranceRow, 4> k_hindrances{{
    {[](const DnsRequest& request) { return on(request, "openshift"); },
     "OpenShift's DNS operator writes the Corefile and takes edits back",
     "add {name: kubectl-mesh, zones: [SUFFIX], forwardPlugin: {upstreams: [ADDRESS]}} to "
     "spec.servers of dns.operator/default, or use --strategy istio-proxy"},
    {[](const DnsRequest& request) { return on(request, "gke-autopilot"); },
     "GKE Autopilot answers from Cloud DNS and reads no ConfigMap",
     "make a Cloud DNS private zone SUFFIX for the cluster's network, or use --strategy "
     "istio-proxy"},
    {cloud_dns, "Cloud DNS answers for this GKE cluster and reads no ConfigMap",
     "make a Cloud DNS private zone SUFFIX for the cluster's network, or use --strategy "
     "istio-proxy"},
    {[](const DnsRequest& request) { return request.node_local; },
     "NodeLocal DNSCache answers on the nodes, asks nobody else for SUFFIX and cannot be asked for "
     "a proof",
     "add {\"SUFFIX\": [\"ADDRESS\"]} to stubDomains of ConfigMap kube-system/kube-dns, which it "
     "reads, or use --strategy istio-proxy"},
}};

std::string filled(std::string text, const DnsRequest& request) {
  const auto replace = [&](const std::string& word, const std::string& with) {
    for (std::size_t place = 0; (place = text.find(word, place)) != std::string::npos;
         place += with.size())
      text.replace(place, word.size(), with);
  };
  replace("SUFFIX", request.suffix);
  replace("ADDRESS", request.server.empty() ? "address of a name server for it" : request.server);
  return text;
}

}  // namespace

std::optional<DnsFit> owned(const Json& object) {
  const std::optional<ObjectOwner> owner = owner_of_object(object, "f:data");
  if (!owner || !owner->reconciles) return std::nullopt;
  const auto way = std::find_if(k_ways.begin(), k_ways.end(),
                                [&](const WayRow& row) { return row.id == owner->id; });
  return DnsFit{.score = 0,
                .why = owner->name + " writes " + object_name(object) + " and takes edits back",
                .hint = way == k_ways.end() ? k_own_source : way->hint};
}

void note_owner(Plan& plan, const std::string& cluster, const Json& object) {
  const std::optional<ObjectOwner> owner = owner_of_object(object, "f:data");
  if (!owner || plan.actions.empty()) return;
  plan.notes.push_back({Severity::warning, cluster,
                        object_name(object) + " was written by " + owner->name +
                            ", whose next run writes over the edit: put the zone into its source, "
                            "too"});
}

std::optional<DnsFit> hindrance(const DnsRequest& request) {
  for (const HindranceRow& row : k_hindrances) {
    if (row.here(request))
      return DnsFit{.score = 0, .why = filled(row.why, request), .hint = filled(row.hint, request)};
  }
  return std::nullopt;
}

std::string zone_words(const DnsRequest& request) {
  return request.suffix + ":53 { forward . " +
         (request.server.empty() ? "ADDRESS" : request.server) + " }";
}

}  // namespace mesh::dns
