#include "mesh/testing.hpp"

using mesh::Json;
using mesh::testing::FakeHost;
using mesh::testing::require;

int main() {
  const Json namespaces =
      Json::parse(R"({"items": [{"metadata": {"name": "shop"}, "status": {"phase": "Active"}}]})");
  FakeHost host;
  host.answer("kube.read/1", "read", [&](const Json& request) -> Json {
    require(request.at("reads").at(0).at("kind") == "Namespace", "it reads namespaces");
    return {{"results", {{{"found", true}, {"object", namespaces}}}}};
  });
  const Json report = mesh::testing::ask(kubectl_mesh_plugin_v1(), host, "command/1:@NAME@", "list",
                                         {{"clusters", {"a"}}});
  require(
      report.at("items") == Json::parse(R"([{"cluster": "a", "name": "shop", "phase": "Active"}])"),
      "each namespace is a row");
}
