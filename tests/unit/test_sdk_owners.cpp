#include <catch2/catch.hpp>

#include "mesh/owners.hpp"

// Who else writes an object, by what tools are known to leave on it.

namespace mesh {

namespace {

Json with(const char* where, const char* key, const char* value) {
  Json object;
  object["metadata"][where] = {{key, value}};
  return object;
}

Json managed(const char* manager, const Json& fields = {{"f:data", Json::object()}}) {
  Json object;
  object["metadata"]["managedFields"] = {{{"manager", manager}, {"fieldsV1", fields}}};
  return object;
}

std::string id_of(const Json& object, bool reconciles) {
  const std::optional<ObjectOwner> owner = owner_of_object(object, "f:data");
  if (!owner) return "none";
  CHECK(owner->reconciles == reconciles);
  CHECK_FALSE(owner->name.empty());
  return owner->id;
}

}  // namespace

TEST_CASE("owners: what takes edits back by itself") {
  const auto [object, id] = GENERATE(table<Json, const char*>({
      {with("labels", "app.kubernetes.io/managed-by", "kops"), "kops"},
      {with("labels", "addon.kops.k8s.io/name", "coredns.addons.k8s.io"), "kops"},
      {managed("kops"), "kops"},
      {with("annotations", "argocd.argoproj.io/tracking-id", "x:/ConfigMap:y/z"), "argo-cd"},
      {managed("argocd-controller"), "argo-cd"},
      {managed("argocd-application-controller"), "argo-cd"},
      {with("labels", "kustomize.toolkit.fluxcd.io/name", "x"), "flux"},
      {managed("helm-controller"), "flux"},
      {with("labels", "kapp.k14s.io/app", "1699"), "kapp"},
      {managed("fleetagent"), "fleet"},
      {with("annotations", "objectset.rio.cattle.io/id", "default-platform"), "fleet"},
      {with("annotations", "objectset.rio.cattle.io/owner-gvk", "k3s.cattle.io/v1, Kind=Addon"),
       "k3s"},
      {with("labels", "addonmanager.kubernetes.io/mode", "Reconcile"), "addon-manager"},
      {with("labels", "resources.gardener.cloud/managed-by", "gardener"), "gardener"},
      {with("annotations", "configmanagement.gke.io/managed", "enabled"), "config-sync"},
      {managed("crossplane-kubernetes-provider"), "crossplane"},
      {managed("eks", Json::object()), "eks"},
      {managed("our-platform-operator"), "controller"},
  }));
  INFO(object.dump());
  CHECK(id_of(object, true) == id);
}

TEST_CASE("owners: what writes again with its next run") {
  const auto [object, id] = GENERATE(table<Json, const char*>({
      {with("annotations", "meta.helm.sh/release-name", "coredns"), "helm"},
      {with("labels", "app.kubernetes.io/managed-by", "Helm"), "helm"},
      {managed("Terraform"), "terraform"},
      {managed("pulumi-kubernetes-12ab"), "pulumi"},
      {with("annotations", "kubectl.kubernetes.io/last-applied-configuration", "{}"), "kubectl"},
      {with("labels", "app.kubernetes.io/instance", "coredns"), "instance"},
  }));
  INFO(object.dump());
  CHECK(id_of(object, false) == id);
}

TEST_CASE("owners: what reconciles counts before what is run by hand") {
  Json object = with("annotations", "meta.helm.sh/release-name", "coredns");
  object["metadata"]["labels"] = {{"helm.toolkit.fluxcd.io/name", "coredns"}};
  CHECK(id_of(object, true) == "flux");
  object = managed("fleetagent");
  object["metadata"]["annotations"] = {{"meta.helm.sh/release-name", "coredns"}};
  CHECK(id_of(object, true) == "fleet");
  CHECK(owner_of_object(with("annotations", "meta.helm.sh/release-name", "rke2-coredns"))->id ==
        "rke2");
}

TEST_CASE("owners: a controlling owner reference names itself") {
  Json object;
  object["metadata"]["ownerReferences"] = {
      {{"kind", "DNSRecordSet"}, {"name", "corp"}, {"controller", true}}};
  CHECK(owner_of_object(object)->name == "DNSRecordSet corp");
  object["metadata"]["ownerReferences"][0]["controller"] = false;
  CHECK_FALSE(owner_of_object(object));
}

TEST_CASE("owners: nobody") {
  CHECK(id_of(Json::object(), true) == "none");
  CHECK(id_of(Json(7), true) == "none");
  CHECK(id_of(managed("kubectl-edit"), true) == "none");
  CHECK(id_of(managed("kube-controller-manager"), true) == "none");
  CHECK(id_of(with("labels", "addonmanager.kubernetes.io/mode", "EnsureExists"), true) == "none");
  // A controller that has set another field.
  CHECK(id_of(managed("label-operator", {{"f:metadata", Json::object()}}), true) == "none");
  CHECK_FALSE(owner_of_object(managed("our-platform-operator")));
  // What we wrote ourselves, in an organization that uses Argo CD for the rest.
  Json ours = managed("argocd-controller");
  ours["metadata"]["labels"] = {{"app.kubernetes.io/managed-by", "kubectl-mesh"}};
  CHECK(id_of(ours, true) == "none");
}

}  // namespace mesh
