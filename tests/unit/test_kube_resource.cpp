#include "folder_support.hpp"
#include <catch2/catch.hpp>

#include "kube/resource.hpp"

using mesh::ObjectRef;
using mesh::resource_of;
using mesh::resource_path;

TEST_CASE("kinds have the plural that their resource has") {
  struct Row {
    std::string kind, resource;
  };
  const Row row = GENERATE(
      Row{"Secret", "secrets"}, Row{"ConfigMap", "configmaps"}, Row{"Endpoints", "endpoints"},
      Row{"EndpointSlice", "endpointslices"}, Row{"Ingress", "ingresses"},
      Row{"IngressClass", "ingressclasses"}, Row{"NetworkPolicy", "networkpolicies"},
      Row{"ServiceEntry", "serviceentries"}, Row{"WorkloadEntry", "workloadentries"},
      Row{"Gateway", "gateways"}, Row{"GatewayClass", "gatewayclasses"},
      Row{"AuthorizationPolicy", "authorizationpolicies"}, Row{"Telemetry", "telemetries"},
      Row{"PeerAuthentication", "peerauthentications"}, Row{"StorageClass", "storageclasses"},
      Row{"APIService", "apiservices"}, Row{"DNS", "dnses"}, Row{"Proxy", "proxies"},
      Row{"Envoy", "envoys"}, Row{"Key", "keys"}, Row{"Mesh", "meshes"}, Row{"Switch", "switches"},
      Row{"SelfSubjectAccessReview", "selfsubjectaccessreviews"},
      Row{"CustomResourceDefinition", "customresourcedefinitions"},
      Row{"MutatingWebhookConfiguration", "mutatingwebhookconfigurations"},
      Row{"SecurityContextConstraints", "securitycontextconstraints"},
      Row{"HorizontalPodAutoscaler", "horizontalpodautoscalers"});
  CHECK(resource_of(row.kind) == row.resource);
}

TEST_CASE("objects stand at their paths, and names cannot lead to others") {
  struct Row {
    ObjectRef ref;
    std::string path;
  };
  const Row row =
      GENERATE(Row{{"v1", "Secret", "istio-system", "cacerts"},
                   "/api/v1/namespaces/istio-system/secrets/cacerts"},
               Row{{"v1", "Secret", "istio-system", ""}, "/api/v1/namespaces/istio-system/secrets"},
               Row{{"v1", "Secret", "", ""}, "/api/v1/secrets"},
               Row{{"v1", "Namespace", "", "kube-system"}, "/api/v1/namespaces/kube-system"},
               Row{{"apps/v1", "Deployment", "a", "b"}, "/apis/apps/v1/namespaces/a/deployments/b"},
               Row{{"networking.istio.io/v1", "ServiceEntry", "a", "b.global"},
                   "/apis/networking.istio.io/v1/namespaces/a/serviceentries/b.global"},
               Row{{"rbac.authorization.k8s.io/v1", "ClusterRole", "", "system:node"},
                   "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode"},
               Row{{"v1", "Secret", "a", "b?c#d e"}, "/api/v1/namespaces/a/secrets/b%3Fc%23d%20e"},
               Row{{"v1", "Secret", "a", "...\u00e4"}, "/api/v1/namespaces/a/secrets/...%C3%A4"});
  CHECK(resource_path(row.ref) == row.path);
}

TEST_CASE("what would lead to another path is no name") {
  const ObjectRef ref =
      GENERATE(ObjectRef{"v1", "Secret", "a", ".."}, ObjectRef{"v1", "Secret", "a", "."},
               ObjectRef{"v1", "Secret", "..", "b"}, ObjectRef{"v1", "Secret", "a", "b/c"},
               ObjectRef{"v1", "Secret", "a/b", "c"}, ObjectRef{"v1", "Secret", "a", "b%2fc"},
               ObjectRef{"", "Secret", "a", "b"}, ObjectRef{"v1", "", "a", "b"},
               ObjectRef{"..", "Secret", "a", "b"}, ObjectRef{"a/b/c", "Secret", "a", "b"},
               ObjectRef{"apps/../v1", "Secret", "a", "b"}, ObjectRef{"/v1", "Secret", "a", "b"},
               ObjectRef{"apps/", "Secret", "a", "b"}, ObjectRef{"v1?x", "Secret", "a", "b"},
               ObjectRef{"v1", "Secrets/x", "a", "b"}, ObjectRef{"v1", "Secret?", "a", "b"});
  CHECK(mesh::test::code_of([&] { resource_path(ref); }) == "invalid-document");
}

TEST_CASE("queries are encoded to the last byte") {
  CHECK(mesh::url_encoded("app in (a,b),c=d") == "app%20in%20%28a%2Cb%29%2Cc%3Dd");
  CHECK(mesh::url_encoded("a-b_c.d~e&f+g%") == "a-b_c.d~e%26f%2Bg%25");
  CHECK(mesh::url_encoded("\xff\n") == "%FF%0A");
}

TEST_CASE("a right is asked for by group and resource, not by kind") {
  const mesh::Right right =
      mesh::right_for("patch", {"networking.istio.io/v1", "ServiceEntry", "a", "b"});
  CHECK(right == mesh::Right{"patch", "networking.istio.io", "serviceentries", "a", "b"});
  CHECK(mesh::right_for("delete", {"v1", "Namespace", "", "x"}) ==
        mesh::Right{"delete", "", "namespaces", "", "x"});
}
