#include "mutations.hpp"

#include "mesh/documents.hpp"
#include "mesh/proxies.hpp"

using mesh::Json;
using mesh::test::survives;

TEST_CASE("bytes: documents of a plugin", "[mutations]") {
  const std::vector<std::string> documents{
      R"({"kind":"Plan","title":"t","actions":[{"type":"apply","cluster":"a","object":{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}},{"type":"wait","cluster":"a","target":{"apiVersion":"v1","kind":"Pod","name":"p"},"until":"value","pointer":"/a","value":1,"seconds":5}],"announces":[{"type":"edit","cluster":"a","target":{"apiVersion":"v1","kind":"ConfigMap","name":"*"}}],"continues":true})",
      R"({"kind":"Report","columns":[{"title":"A","pointer":"/a"}],"items":[{"id":"x/y","severity":"failure","title":"t","evidence":"e"}],"notes":[{"severity":"info","text":"n"}],"failed":true})"};
  survives(documents, [](const std::string& bytes) {
    const Json document = mesh::json_or_null(bytes);
    const auto read = [&](const auto& from) {
      try {
        from(document);
      } catch (const mesh::Failure&) {
      }
    };
    read([](const Json& it) { mesh::to_json(mesh::plan_from_json(it)); });
    read([](const Json& it) { mesh::to_json(mesh::report_from_json(it)); });
    read([](const Json& it) { mesh::needs_from_json(it); });
    read([](const Json& it) { mesh::object_ref_from_json(it); });
    read([](const Json& it) { mesh::problem_from_json(it); });
  });
}

TEST_CASE("bytes: an Envoy's answers, and a pod", "[mutations]") {
  survives(
      {R"({"configs":[{"@type":"type.googleapis.com/envoy.admin.v3.SecretsConfigDump","dynamic_active_secrets":[{"name":"default","secret":{"tls_certificate":{"certificate_chain":{"inline_bytes":"YQ=="}}}}]}]})",
       R"({"configs":[{"dynamic_listeners":[{"active_state":{"listener":{"filter_chains":[{"filters":[{"name":"envoy.filters.network.sni_cluster"}]}]}}}]}]})",
       R"({"metadata":{"name":"p","namespace":"n"},"spec":{"containers":[{"name":"istio-proxy"}]},"status":{"phase":"Running"}})"},
      [](const std::string& bytes) {
        mesh::proxy_of("a", mesh::json_or_null(bytes));
        try {
          mesh::proxy_certificates(bytes);
        } catch (const mesh::Failure&) {
        }
        mesh::only_passes_through(bytes);
      });
}
