#include "mesh/owners.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "mesh/lookup.hpp"

namespace mesh {

namespace {

struct Owner {
  const char* id;
  const char* name;
  bool reconciles;
};
constexpr Owner k_addon_manager{"addon-manager", "the add-on manager", true};
constexpr Owner k_argo_cd{"argo-cd", "Argo CD", true};
constexpr Owner k_config_sync{"config-sync", "Config Sync", true};
constexpr Owner k_crossplane{"crossplane", "Crossplane", true};
constexpr Owner k_eks{"eks", "the EKS add-on", true};
constexpr Owner k_fleet{"fleet", "Fleet", true};
constexpr Owner k_flux{"flux", "Flux", true};
constexpr Owner k_gardener{"gardener", "Gardener", true};
constexpr Owner k_k3s{"k3s", "k3s", true};
constexpr Owner k_kapp{"kapp", "kapp", true};
constexpr Owner k_kops{"kops", "kops", true};
constexpr Owner k_ocm{"ocm", "Open Cluster Management", true};
constexpr Owner k_rke2{"rke2", "RKE2's HelmChartConfig", true};
constexpr Owner k_sveltos{"sveltos", "Sveltos", true};
constexpr Owner k_helm{"helm", "Helm", false};
constexpr Owner k_pulumi{"pulumi", "Pulumi", false};
constexpr Owner k_terraform{"terraform", "Terraform", false};
constexpr Owner k_kubectl{"kubectl", "kubectl apply", false};
constexpr Owner k_instance{"instance", "a tool that sets app.kubernetes.io/instance", false};

/// A label or annotation. Before one that reconciles, what runs inside of it: k3s installs by
/// object sets as Fleet does, RKE2 and Flux by Helm.
struct MarkRow {
  const char* pointer;
  const char* begins;  ///< what its text begins with; empty: anything
  Owner owner;
};
constexpr std::array<MarkRow, 24> k_marks{{
    {"/metadata/annotations/meta.helm.sh~1release-name", "rke2-coredns", k_rke2},
    {"/metadata/labels/addonmanager.kubernetes.io~1mode", "Reconcile", k_addon_manager},
    {"/metadata/labels/app.kubernetes.io~1managed-by", "kops", k_kops},
    {"/metadata/labels/addon.kops.k8s.io~1name", "", k_kops},
    {"/metadata/annotations/objectset.rio.cattle.io~1owner-gvk", "k3s.cattle.io/", k_k3s},
    {"/metadata/annotations/objectset.rio.cattle.io~1id", "", k_fleet},
    {"/metadata/labels/objectset.rio.cattle.io~1hash", "", k_fleet},
    {"/metadata/labels/kustomize.toolkit.fluxcd.io~1name", "", k_flux},
    {"/metadata/labels/helm.toolkit.fluxcd.io~1name", "", k_flux},
    {"/metadata/annotations/argocd.argoproj.io~1tracking-id", "", k_argo_cd},
    {"/metadata/labels/argocd.argoproj.io~1instance", "", k_argo_cd},
    {"/metadata/labels/kapp.k14s.io~1app", "", k_kapp},
    {"/metadata/labels/resources.gardener.cloud~1managed-by", "", k_gardener},
    {"/metadata/annotations/resources.gardener.cloud~1description", "", k_gardener},
    {"/metadata/annotations/configmanagement.gke.io~1managed", "enabled", k_config_sync},
    {"/metadata/annotations/configsync.gke.io~1resource-id", "", k_config_sync},
    {"/metadata/annotations/projectsveltos.io~1reference-name", "", k_sveltos},
    {"/metadata/labels/projectsveltos.io~1reference-name", "", k_sveltos},
    {"/metadata/labels/crossplane.io~1composite", "", k_crossplane},
    {"/metadata/annotations/meta.helm.sh~1release-name", "", k_helm},
    {"/metadata/labels/app.kubernetes.io~1managed-by", "Helm", k_helm},
    {"/metadata/labels/app.kubernetes.io~1managed-by", "pulumi", k_pulumi},
    {"/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration", "", k_kubectl},
    {"/metadata/labels/app.kubernetes.io~1instance", "", k_instance},
}};

/// A field manager, by the whole of its name or, with a star, by its beginning.
struct ManagerRow {
  std::string_view name;
  Owner owner;
};
constexpr std::array<ManagerRow, 18> k_managers{{
    {"eks", k_eks},
    {"kops", k_kops},
    {"kapp", k_kapp},
    {"kapp-server", k_kapp},
    {"fleetagent", k_fleet},
    {"fleet-agent", k_fleet},
    {"argocd-controller", k_argo_cd},
    {"argocd-application-controller", k_argo_cd},
    {"kustomize-controller", k_flux},
    {"helm-controller", k_flux},
    {"configsync", k_config_sync},
    {"work", k_ocm},
    {"klusterlet-work*", k_ocm},
    {"crossplane*", k_crossplane},
    {"helm", k_helm},
    {"Terraform", k_terraform},
    {"HashiCorp", k_terraform},
    {"pulumi*", k_pulumi},
}};

/// Controllers that are not in the table say so by their names.
constexpr std::array<std::string_view, 3> k_controller_ends{"-controller", "-operator", "-agent"};

ObjectOwner as_owner(const Owner& owner) {
  return {.id = owner.id, .name = owner.name, .reconciles = owner.reconciles};
}

bool is_named(const ManagerRow& row, const std::string& manager) {
  if (!row.name.ends_with('*')) return manager == row.name;
  return manager.starts_with(row.name.substr(0, row.name.size() - 1));
}

std::optional<ObjectOwner> by_reference(const Json& object) {
  for (const Json& reference : lookup::list(object, "/metadata/ownerReferences")) {
    if (lookup::value(reference, "/controller") != true) continue;
    const std::string name =
        lookup::text(reference, "/kind") + " " + lookup::text(reference, "/name");
    return ObjectOwner{.id = "controller", .name = name, .reconciles = true};
  }
  return std::nullopt;
}

std::optional<ObjectOwner> by_mark(const Json& object, bool reconciles) {
  for (const MarkRow& row : k_marks) {
    const Json& value = lookup::value(object, row.pointer);
    if (row.owner.reconciles != reconciles || !value.is_string()) continue;
    if (!value.get_ref<const std::string&>().starts_with(row.begins)) continue;
    ObjectOwner owner = as_owner(row.owner);
    const std::string release =
        lookup::text(object, "/metadata/annotations/meta.helm.sh~1release-name");
    if (owner.id == k_helm.id && !release.empty()) owner.name += " release " + release;
    return owner;
  }
  return std::nullopt;
}

/// What is known counts whatever it has set, a controller without a row where it has set `field`.
std::optional<ObjectOwner> by_manager(const Json& entry, const std::string& field) {
  const std::string manager = lookup::text(entry, "/manager");
  const auto row = std::find_if(k_managers.begin(), k_managers.end(),
                                [&](const ManagerRow& one) { return is_named(one, manager); });
  if (row != k_managers.end()) return as_owner(row->owner);
  const bool controls = std::any_of(k_controller_ends.begin(), k_controller_ends.end(),
                                    [&](std::string_view end) { return manager.ends_with(end); });
  const bool sets =
      !field.empty() && lookup::value(entry, "/fieldsV1/" + lookup::step(field)).is_object();
  if (!controls || !sets) return std::nullopt;
  return ObjectOwner{.id = "controller", .name = manager, .reconciles = true};
}

std::optional<ObjectOwner> by_managers(const Json& object, const std::string& field,
                                       bool reconciles) {
  for (const Json& entry : lookup::list(object, "/metadata/managedFields")) {
    if (lookup::text(entry, "/subresource") == "status") continue;
    std::optional<ObjectOwner> owner = by_manager(entry, field);
    if (owner && owner->reconciles == reconciles) return owner;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ObjectOwner> owner_of_object(const Json& object, const std::string& field) {
  if (lookup::text(object, "/metadata/labels/app.kubernetes.io~1managed-by") == "kubectl-mesh")
    return std::nullopt;
  if (auto owner = by_reference(object)) return owner;
  for (const bool reconciles : {true, false}) {
    if (auto owner = by_mark(object, reconciles)) return owner;
    if (auto owner = by_managers(object, field, reconciles)) return owner;
  }
  return std::nullopt;
}

}  // namespace mesh
