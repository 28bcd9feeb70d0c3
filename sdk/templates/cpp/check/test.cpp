#include "mesh/testing.hpp"

using mesh::Json;
using mesh::testing::FakeHost;
using mesh::testing::require;

namespace {

Json severity_with(const std::string& value) {
  const Json map{{"metadata", {{"namespace", "default"}, {"name", "big"}}},
                 {"data", {{"a", value}}}};
  FakeHost host;
  host.answer("kube.read/1", "read", [&](const Json&) -> Json {
    return {{"results", {{{"found", true}, {"object", {{"items", {map}}}}}}}};
  });
  const Json report = mesh::testing::ask(kubectl_mesh_plugin_v1(), host, "check/1:@NAME@", "run",
                                         {{"clusters", {"a"}}, {"settings", Json::object()}});
  return report.at("items").at(0).at("severity");
}

}  // namespace

int main() {
  require(severity_with("small") == "pass", "a small ConfigMap passes");
  require(severity_with(std::string(800 * 1024, 'x')) == "warning", "a big one is warned of");
}
