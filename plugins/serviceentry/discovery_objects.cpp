#include <algorithm>
#include <fstream>

#include "discovery.hpp"
#include "names.hpp"

#include "mesh/base64.hpp"

namespace mesh::serviceentry {

namespace {

Json our_labels() {
  return {{k_managed_by, k_us}};
}

/// The value behind "KEY: " on a line of its own.
std::string value_behind(const std::string& text, const std::string& key) {
  std::size_t from = 0;
  while (from < text.size()) {
    const std::size_t to = std::min(text.find('\n', from), text.size());
    std::string line = text.substr(from, to - from);
    from = to + 1;
    line.erase(0, line.find_first_not_of(" -"));
    if (!line.starts_with(key + ": ")) continue;
    line.erase(0, key.size() + 2);
    std::erase(line, '"');
    return line;
  }
  return {};
}

/// A YAML text that needs no quotes, or quoted.
std::string yaml_text(const std::string& text) {
  const bool plain = text.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                         "-._:/[]=+") == std::string::npos &&
                     text.find_first_not_of("0123456789.") != std::string::npos;
  return plain ? text : '"' + text + '"';
}

std::string file_content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return file ? std::string(std::istreambuf_iterator<char>(file), {}) : std::string();
}

constexpr const char* k_watch = R"(["get", "list", "watch"])";

/// What an istiod watches in another cluster, as its own chart's reader has it, without what only
/// remote control planes and the multi-cluster services API need.
Json reader_rules() {
  const auto rule = [](const char* groups, const char* resources) {
    return Json{{"apiGroups", Json::parse(groups)},
                {"resources", Json::parse(resources)},
                {"verbs", Json::parse(k_watch)}};
  };
  return {
      rule(
          R"([""])",
          R"(["endpoints", "pods", "services", "nodes", "replicationcontrollers", "namespaces", "secrets", "configmaps"])"),
      rule(R"(["discovery.k8s.io"])", R"(["endpointslices"])"),
      rule(R"(["apps"])", R"(["replicasets"])"),
      rule(
          R"(["networking.istio.io", "security.istio.io", "telemetry.istio.io", "extensions.istio.io"])",
          R"(["*"])"),
      rule(R"(["networking.x-k8s.io", "gateway.networking.k8s.io"])", R"(["gateways"])"),
      rule(R"(["apiextensions.k8s.io"])", R"(["customresourcedefinitions"])")};
}

}  // namespace

std::string kubeconfig_text(const RemoteAccess& access) {
  const std::string name = yaml_text(access.name);
  return "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: " +
         base64_encode(access.ca) + "\n    server: " + yaml_text(access.server) +
         "\n  name: " + name + "\ncontexts:\n- context:\n    cluster: " + name +
         "\n    user: " + name + "\n  name: " + name + "\ncurrent-context: " + name +
         "\nkind: Config\nusers:\n- name: " + name + "\n  user:\n    token: " + access.token + "\n";
}

RemoteAccess read_kubeconfig(const std::string& name, const std::string& text) {
  RemoteAccess access;
  access.name = name;
  access.server = value_behind(text, "server");
  access.token = value_behind(text, "token");
  try {
    access.ca = base64_decode(value_behind(text, "certificate-authority-data"));
  } catch (const Failure&) {  // no CA, then
  }
  return access;
}

std::string token_held(const DiscoveryFacts& facts, const std::string& name) {
  for (const RemoteSecret& remote : facts.remotes) {
    const auto text = remote.clusters.find(name);
    if (text != remote.clusters.end()) return read_kubeconfig(name, text->second).token;
  }
  return "";
}

bool same_access(const RemoteAccess& one, const RemoteAccess& other) {
  return one.name == other.name && one.server == other.server && one.ca == other.ca &&
         one.token == other.token;
}

std::string kubeconfig_fault(const std::string& text) {
  constexpr std::array<std::pair<const char*, const char*>, 6> k_rejected{
      {{"exec:", "asks a program (exec) for a credential"},
       {"auth-provider:", "asks an auth provider for a credential"},
       {"tokenFile:", "names a token file"},
       {"client-certificate:", "names a certificate file"},
       {"client-key:", "names a key file"},
       {"certificate-authority:", "names a CA file"}}};
  for (const auto& [word, why] : k_rejected) {
    if (text.find(word) != std::string::npos)
      return std::string(why) + ", which istiod does not accept";
  }
  const RemoteAccess access = read_kubeconfig("", text);
  if (access.server.empty()) return "names no server";
  if (access.token.empty() && text.find("client-certificate-data:") == std::string::npos)
    return "holds no token";
  return {};
}

bool is_loopback(const std::string& server) {
  const std::size_t from = server.find("://");
  const std::string host = from == std::string::npos ? server : server.substr(from + 3);
  return host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]");
}

std::string fill_access(RemoteAccess& access, const DiscoveryFacts& facts,
                        const DiscoverySettings& settings) {
  using Ca = DiscoverySettings::Ca;
  const auto server = settings.servers.find(access.name);
  access.server = server == settings.servers.end() ? facts.server : server->second;
  access.token = facts.token;
  if (access.server.empty())
    return "the address of its API server is not known (" + facts.server_problem + ")";
  if (!access.server.starts_with("https://"))
    return "its API server " + access.server + " does not speak TLS";
  if (settings.ca == Ca::token) access.ca = facts.ca;
  if (settings.ca == Ca::kubeconfig) access.ca = facts.server_ca;
  if (settings.ca == Ca::file) {
    const auto file = settings.ca_files.find(access.name);
    if (file == settings.ca_files.end()) return "ca-files names no file for it";
    access.ca = file_content(file->second);
    if (access.ca.find("-----BEGIN CERTIFICATE-----") == std::string::npos)
      return file->second + " holds no certificate";
  }
  return access.ca.empty() ? "the CA of its API server is not known" : "";
}

std::string remote_secret_name(const std::string& cluster_name) {
  return "istio-remote-secret-" + cluster_name;
}

Json remote_secret(const RemoteAccess& access, const std::string& name_space) {
  Json labels = our_labels();
  labels[k_multi_cluster] = "true";
  labels[k_from] = access.name;
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"type", "Opaque"},
          {"metadata",
           {{"name", remote_secret_name(access.name)},
            {"namespace", name_space},
            {"labels", labels},
            {"annotations", {{k_cluster_annotation, access.name}}}}},
          {"data", {{access.name, base64_encode(kubeconfig_text(access))}}}};
}

Json reader_account(const std::string& name_space) {
  return {{"apiVersion", "v1"},
          {"kind", "ServiceAccount"},
          {"metadata", {{"name", k_reader}, {"namespace", name_space}, {"labels", our_labels()}}}};
}

Json reader_role(const std::string&) {
  return {{"apiVersion", "rbac.authorization.k8s.io/v1"},
          {"kind", "ClusterRole"},
          {"metadata", {{"name", k_our_role}, {"labels", our_labels()}}},
          {"rules", reader_rules()}};
}

Json reader_binding(const std::string& name_space) {
  Json labels = our_labels();
  labels["app"] = "istio-reader";  // as the chart's has it: both are found by it
  return {
      {"apiVersion", "rbac.authorization.k8s.io/v1"},
      {"kind", "ClusterRoleBinding"},
      {"metadata", {{"name", k_our_role}, {"labels", labels}}},
      {"roleRef",
       {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "ClusterRole"}, {"name", k_our_role}}},
      {"subjects", {{{"kind", "ServiceAccount"}, {"name", k_reader}, {"namespace", name_space}}}}};
}

Json token_secret(const std::string& name_space) {
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"type", "kubernetes.io/service-account-token"},
          {"metadata",
           {{"name", k_token_secret},
            {"namespace", name_space},
            {"labels", our_labels()},
            {"annotations", {{"kubernetes.io/service-account.name", k_reader}}}}}};
}

}  // namespace mesh::serviceentry
