#include "mesh/testing.hpp"

using mesh::Json;
using mesh::testing::FakeHost;
using mesh::testing::require;

namespace {

constexpr const char* k_corefile = ".:53 {\n    forward . /etc/resolv.conf\n}\n";

Json request_with(const std::string& corefile) {
  return {{"cluster", "a"},
          {"suffix", "global"},
          {"server", "10.0.0.10"},
          {"objects",
           {{"config",
             {{"apiVersion", "v1"},
              {"kind", "ConfigMap"},
              {"metadata", {{"namespace", "kube-system"}, {"name", "coredns"}}},
              {"data", {{"Corefile", corefile}}}}}}}};
}

Json ask(const char* verb, const std::string& corefile) {
  return mesh::testing::ask(kubectl_mesh_plugin_v1(), FakeHost(), "dns/1:@NAME@", verb,
                            request_with(corefile));
}

std::string after(const Json& plan) {
  return plan.at("actions").at(0).at("patch").at(0).at("value");
}

}  // namespace

int main() {
  try {
    ask("plan", "");
    require(false, "without a Corefile it plans nothing");
  } catch (const mesh::Failure& failure) {
    require(failure.problem().message == "a: there is no ConfigMap with a Corefile", "it says why");
  }
  const std::string edited = after(ask("plan", k_corefile));
  require(edited.find("global:53 {\n    forward . 10.0.0.10\n}") != std::string::npos,
          "it forwards");
  require(ask("look", edited).at("targets") == Json{"10.0.0.10"}, "it sees its own block");
  require(ask("plan", edited).at("actions").empty(), "a second plan changes nothing");
  require(after(ask("remove", edited)) == k_corefile, "removed, the first bytes are back");
}
