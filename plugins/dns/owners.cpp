#include "owners.hpp"

#include <array>

#include "look_up.hpp"

namespace mesh::dns {

namespace {

/// How an owner is known by what he left on the object.
struct OwnerRow {
  const char* pointer;
  const char* begins;  ///< what the text there begins with; empty: anything
  const char* name;
  const char* hint;
};
constexpr const char* k_own_source =
    "put the zone into the source that it is written from, or use --strategy istio-proxy";
constexpr std::array<OwnerRow, 8> k_owners{{
    {"/metadata/annotations/meta.helm.sh~1release-name", "rke2-coredns", "RKE2's HelmChartConfig",
     "add the zone to spec.valuesContent (servers) of HelmChartConfig kube-system/rke2-coredns"},
    {"/metadata/labels/addonmanager.kubernetes.io~1mode", "Reconcile", "the add-on manager",
     "use the ConfigMap that the platform leaves to you (coredns-custom on AKS), or --strategy "
     "istio-proxy"},
    {"/metadata/labels/objectset.rio.cattle.io~1hash", "", "k3s",
     "use ConfigMap kube-system/coredns-custom: --strategy coredns-custom"},
    {"/metadata/annotations/objectset.rio.cattle.io~1id", "", "k3s",
     "use ConfigMap kube-system/coredns-custom: --strategy coredns-custom"},
    {"/metadata/labels/kustomize.toolkit.fluxcd.io~1name", "", "Flux", k_own_source},
    {"/metadata/labels/helm.toolkit.fluxcd.io~1name", "", "Flux", k_own_source},
    {"/metadata/annotations/argocd.argoproj.io~1tracking-id", "", "Argo CD", k_own_source},
    {"/metadata/labels/argocd.argoproj.io~1instance", "", "Argo CD", k_own_source},
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

bool written_by(const Json& object, const char* manager) {
  for (const Json& entry : list_at(object, "/metadata/managedFields")) {
    if (text_at(entry, "/manager") == manager) return true;
  }
  return false;
}

}  // namespace

std::optional<Owner> owner_of(const Json& object) {
  for (const OwnerRow& row : k_owners) {
    const Json& value = at(object, row.pointer);
    if (value.is_string() && text_at(object, row.pointer).starts_with(row.begins))
      return Owner{row.name, row.hint};
  }
  if (written_by(object, "eks"))
    return Owner{"the EKS add-on",
                 "add the zone to the add-on's configuration values (aws eks update-addon "
                 "--addon-name coredns --configuration-values, key corefile), or use --strategy "
                 "istio-proxy"};
  return std::nullopt;
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
