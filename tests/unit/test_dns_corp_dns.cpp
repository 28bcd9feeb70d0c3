#include "unit/dns_support.hpp"
#include "unit/schema_support.hpp"

#include "mesh/plugin.h"

// A third party's strategy, through the C functions of its library: one library and one word in
// mesh.yaml.

namespace mesh::dns {

using mesh::test::misfit;
using test::Clusters;
using test::problem_of;

namespace {

mesh_text text_of(std::string_view text) {
  return {text.data(), text.size()};
}

/// The library as the host sees it.
class ThroughAbi : public ExtensionPoint {
 public:
  explicit ThroughAbi(const mesh_host* host) : m_host(host) {
    std::string reply;
    const mesh_sink sink = sink_into(reply);
    CHECK(kubectl_mesh_plugin_v1()->start(host, &m_self, &sink) == MESH_OK);
  }

  Extension describe() const override {
    const mesh_plugin* plugin = kubectl_mesh_plugin_v1();
    const Json manifest =
        parse_json({plugin->manifest.ptr, plugin->manifest.len}, "the manifest of corp-dns");
    CHECK(misfit(manifest, "manifest.json") == "");
    return manifest_from_json(manifest).provides.at(0);
  }

  Json invoke(std::string_view verb, const Json& request, const Host&) override {
    CHECK(misfit(request, "dns.json", "/definitions/" + std::string(verb) + "/request") == "");
    std::string reply;
    const mesh_sink sink = sink_into(reply);
    const std::string asked = to_text(request);
    const std::int32_t status = kubectl_mesh_plugin_v1()->invoke(
        m_self, m_host, text_of("dns/1:corp-dns"), text_of(verb), text_of(asked), &sink);
    INFO(reply);
    CHECK(status == MESH_OK);
    const Json document = parse_json(reply, "the reply of corp-dns");
    CHECK(misfit(document, "dns.json", "/definitions/" + std::string(verb) + "/reply") == "");
    return document;
  }

 private:
  static mesh_sink sink_into(std::string& reply) {
    return {&reply, [](void* into, const char* bytes, std::uint64_t size) {
              static_cast<std::string*>(into)->append(bytes, size);
              return std::int32_t{MESH_OK};
            }};
  }

  const mesh_host* m_host;
  void* m_self = nullptr;
};

struct Company {
  Company() {
    clusters.strategies["corp-dns"] = std::make_unique<ThroughAbi>(clusters.functions());
    clusters.add_coredns("a");
    clusters.objects["a"]["ConfigMap corp-dns/zones"] = {
        {"apiVersion", "v1"},
        {"kind", "ConfigMap"},
        {"metadata", {{"name", "zones"}, {"namespace", "corp-dns"}}},
        {"data", {{"zones", "corp.example = 10.1.1.1\n"}}}};
    clusters.export_name("a", "app1.default.global", "240.0.0.2");
  }
  std::string zones() { return clusters.object("a", "ConfigMap corp-dns/zones")["data"]["zones"]; }
  Clusters clusters;
};

}  // namespace

TEST_CASE("a stranger's DNS strategy is one library and one word in mesh.yaml") {
  Company company;
  company.clusters.settings = {{"strategy", "corp-dns"}, {"config-map", "corp-dns/zones"}};
  company.clusters.install_all({"a"});
  CHECK(company.zones() == "corp.example = 10.1.1.1\nglobal = 10.96.77.7\n");
  CHECK(company.clusters.corefile("a") == test::k_corefile);
  const Report report = company.clusters.verify({"a"});
  CHECK_FALSE(report.failed);
  CHECK(test::finding(report, "dns/alias-answers", "a").at("severity") == "pass");
  CHECK(company.clusters.install({"a"}).actions.empty());
  company.clusters.apply(
      remove(company.clusters.request("remove", {"a"}), company.clusters.host()));
  CHECK(company.zones() == "corp.example = 10.1.1.1\n");
}

TEST_CASE("settings reach the strategy that is named, which says what is missing, and no other") {
  Company company;
  company.clusters.settings = {{"config-map", "corp-dns/zones"}};
  CHECK_THAT(test::finding(company.clusters.verify({"a"}), "dns/fits", "a")
                 .at("evidence")
                 .get<std::string>(),
             Catch::StartsWith("coredns, auto: "));
  CHECK(problem_of([&] { company.clusters.install({"a"}); }).message ==
        "dns: nothing reads the setting \"config-map\"");
  company.clusters.settings = {{"strategy", "corp-dns"}};
  CHECK_THAT(company.clusters.install({"a"}).refusals.at(0).message,
             Catch::Contains("corp-dns does not fit: the setting config-map is missing"));
}

}  // namespace mesh::dns
