#include "memory_support.hpp"

#include "mesh/base64.hpp"
#include "mesh/proxies.hpp"

using mesh::Json;
using mesh::test::MemoryClusters;

namespace {

constexpr const char* k_chain = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
constexpr const char* k_roots = "-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n";

/// As Envoy 1.38 answers /config_dump?resource=dynamic_active_secrets, shortened.
Json dump_of(const std::string& chain, const std::string& roots) {
  const char* type = "type.googleapis.com/envoy.admin.v3.SecretsConfigDump.DynamicSecret";
  return {{"configs",
           {{{"@type", type},
             {"name", "default"},
             {"secret",
              {{"tls_certificate",
                {{"certificate_chain", {{"inline_bytes", mesh::base64_encode(chain)}}},
                 {"private_key", {{"inline_bytes", mesh::base64_encode("[redacted]")}}}}}}}},
            {{"@type", type},
             {"name", "ROOTCA"},
             {"secret",
              {{"validation_context",
                {{"trusted_ca", {{"inline_bytes", mesh::base64_encode(roots)}}}}}}}}}}};
}

Json pod(const std::string& name_space, const std::string& workload, int number,
         const std::string& phase = "Running") {
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata",
           {{"name", workload + "-" + std::to_string(number)},
            {"namespace", name_space},
            {"ownerReferences",
             {{{"kind", "StatefulSet"}, {"name", workload}, {"controller", true}}}}}},
          {"spec", {{"containers", {{{"name", "app"}}, {{"name", "istio-proxy"}}}}}},
          {"status", {{"phase", phase}}}};
}

/// Clusters whose proxies all answer alike, and who was asked.
struct Mesh : MemoryClusters {
  Mesh() {
    pod = [this](const Json& ask) -> Json {
      asked.push_back(ask.at("namespace").get<std::string>() + "/" +
                      ask.at("pod").get<std::string>());
      ports.push_back(ask.at("port").get<int>());
      if (forbidden == ask.at("namespace"))
        return {{"problem", {{"code", "forbidden"}, {"message", "you may not"}}}};
      return {{"status", 200}, {"body", dump_of(k_chain, k_roots).dump()}};
    };
  }
  std::vector<mesh::ProxyState> read(std::size_t sample = 0, bool ask = true) {
    asked.clear();
    return mesh::read_proxies(host(), {.clusters = {"a"}, .sample = sample, .ask = ask})
        .front()
        .proxies;
  }
  std::vector<std::string> asked;
  std::vector<int> ports;
  std::string forbidden;
};

}  // namespace

TEST_CASE("a proxy's secrets are read out of Envoy's dump") {
  const mesh::ProxyCertificates holds = mesh::proxy_certificates(dump_of(k_chain, k_roots).dump());
  CHECK(holds.chain == k_chain);
  CHECK(holds.roots == k_roots);
  CHECK(mesh::proxy_certificates("{}") == mesh::ProxyCertificates{});
  CHECK_THROWS_AS(mesh::proxy_certificates("<html>"), mesh::Failure);
}

TEST_CASE("roots by trust domain are roots, too") {
  const Json dump{
      {"configs",
       {{{"name", "ROOTCA"},
         {"secret",
          {{"validation_context",
            {{"custom_validator_config",
              {{"typed_config",
                {{"trust_domains",
                  {{{"name", "one"}, {"trust_bundle", {{"inline_string", k_roots}}}},
                   {{"name", "two"}, {"trust_bundle", {{"inline_string", k_chain}}}}}}}}}}}}}}}}}};
  CHECK(mesh::proxy_certificates(dump.dump()).roots == std::string(k_roots) + k_chain);
}

TEST_CASE("a gateway that hands all on by SNI uses no certificate") {
  const auto listeners = [](const std::string& type, const std::string& cluster, bool tls) {
    Json chain{
        {"filters",
         {{{"name", "istio.stats"}},
          {{"typed_config",
            {{"@type", "type.googleapis.com/envoy.extensions." + type}, {"cluster", cluster}}}}}}};
    if (tls) chain["transport_socket"] = {{"name", "envoy.transport_sockets.tls"}};
    return Json{{"configs", {{{"active_state", {{"listener", {{"filter_chains", {chain}}}}}}}}}}
        .dump();
  };
  const std::string tcp = "filters.network.tcp_proxy.v3.TcpProxy";
  CHECK(mesh::only_passes_through(
      listeners(tcp, "outbound_.8000_._.app1.default.svc.cluster.local", false)));
  CHECK(mesh::only_passes_through(listeners(tcp, "BlackHoleCluster", false)));
  CHECK_FALSE(mesh::only_passes_through(
      listeners(tcp, "outbound|8000||app1.default.svc.cluster.local", false)));
  CHECK_FALSE(mesh::only_passes_through(listeners(tcp, "outbound_.8000_._.app1", true)));
  CHECK_FALSE(mesh::only_passes_through(
      listeners("filters.network.http_connection_manager.v3.HttpConnectionManager", "", false)));
}

TEST_CASE("proxies are running pods with istio-proxy, a native sidecar among them") {
  Mesh mesh;
  mesh.put("a", pod("shop", "web", 0));
  mesh.put("a", pod("shop", "job", 0, "Succeeded"));
  mesh.put("a", pod("shop", "new", 0, "Pending"));
  Json plain = pod("shop", "plain", 0);
  plain["spec"]["containers"] = {{{"name", "app"}}};
  mesh.put("a", plain);
  Json native = plain;
  native["metadata"]["name"] = "native-0";
  native["spec"]["initContainers"] = {
      {{"name", "istio-proxy"},
       {"env",
        {{{"name", "PROXY_CONFIG"}, {"value", R"({"proxyAdminPort": 15999})"}},
         {{"name", "PROXY_CONFIG_XDS_AGENT"}, {"value", "true"}}}}}};
  mesh.put("a", native);
  const auto proxies = mesh.read();
  REQUIRE(mesh.asked == std::vector<std::string>{"shop/native-0", "shop/web-0"});
  CHECK(mesh.ports == std::vector<int>{15999, 15000});
  CHECK(proxies.at(0).proxy.takes_roots);
  CHECK_FALSE(proxies.at(1).proxy.takes_roots);
  CHECK(proxies.at(1).proxy.owner == mesh::PodOwner{"StatefulSet", "web"});
  CHECK(proxies.at(1).holds->roots == k_roots);
}

TEST_CASE("a sample takes one of each workload before any second") {
  Mesh mesh;
  for (int number = 0; number < 50; ++number) mesh.put("a", pod("shop", "big", number));
  mesh.put("a", pod("shop", "small", 0));
  const auto proxies = mesh.read(3);
  CHECK(mesh.asked == std::vector<std::string>{"shop/big-0", "shop/small-0", "shop/big-1"});
  CHECK(proxies.size() == 51);
  CHECK(std::count_if(proxies.begin(), proxies.end(),
                      [](const auto& one) { return !one.unread.empty(); }) == 48);
  CHECK(mesh.read(0, false).size() == 51);
  CHECK(mesh.asked.empty());
}

TEST_CASE("a namespace that forbids port-forward is not asked for each of its pods") {
  Mesh mesh;
  for (int number = 0; number < 500; ++number) mesh.put("a", pod("closed", "big", number));
  mesh.put("a", pod("open", "web", 0));
  mesh.forbidden = "closed";
  const auto proxies = mesh.read();
  CHECK(mesh.asked.size() == 200);
  CHECK(std::count_if(proxies.begin(), proxies.end(),
                      [](const auto& one) { return one.holds.has_value(); }) == 1);
}
