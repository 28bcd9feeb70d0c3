#include "platform.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "corefile.hpp"
#include "look_up.hpp"

namespace mesh::dns {

namespace {

/// How a platform is known by its nodes: a provider ID or a label begins like this.
struct PlatformRow {
  const char* pointer;
  const char* begins;
  const char* platform;
};
constexpr std::array<PlatformRow, 11> k_platforms{{
    {"/metadata/labels/node.kubernetes.io~1instance-type", "rke2", "rke2"},
    {"/metadata/annotations/rke2.io~1node-args", "", "rke2"},
    {"/spec/providerID", "k3s://", "k3s"},
    {"/metadata/labels/node.kubernetes.io~1instance-type", "k3s", "k3s"},
    {"/spec/providerID", "gce://", "gke"},
    {"/metadata/labels/cloud.google.com~1gke-nodepool", "", "gke"},
    {"/metadata/labels/eks.amazonaws.com~1nodegroup", "", "eks"},
    {"/spec/providerID", "aws://", "eks"},
    {"/spec/providerID", "azure://", "aks"},
    {"/spec/providerID", "kind://", "kind"},
    {"/spec/providerID", "digitalocean://", "doks"},
}};

constexpr int k_dns_port = 53;
constexpr std::array<const char*, 2> k_dns_apps{"kube-dns", "coredns"};

const Json& containers(const Json& workload) {
  return list_at(workload, "/spec/template/spec/containers");
}

std::string volume_at(const Json& workload, const std::string& folder) {
  for (const Json& container : containers(workload)) {
    for (const Json& mount : list_at(container, "/volumeMounts")) {
      if (text_at(mount, "/mountPath") == folder) return text_at(mount, "/name");
    }
  }
  return {};
}

/// The ConfigMap behind a volume; a projected one counts by its first.
std::string config_map_of(const Json& workload, const std::string& volume) {
  for (const Json& candidate : list_at(workload, "/spec/template/spec/volumes")) {
    if (text_at(candidate, "/name") != volume) continue;
    const std::string name = text_at(candidate, "/configMap/name");
    return name.empty() ? text_at(candidate, "/projected/sources/0/configMap/name") : name;
  }
  return {};
}

std::optional<std::string> argument_of(const Json& workload, const std::string& name) {
  for (const Json& container : containers(workload)) {
    const Json& arguments = list_at(container, "/args");
    for (std::size_t index = 0; index < arguments.size(); ++index) {
      const std::string text =
          arguments[index].is_string() ? arguments[index].get<std::string>() : "";
      if (text.starts_with(name + "=")) return text.substr(name.size() + 1);
      if (text == name && index + 1 < arguments.size() && arguments[index + 1].is_string())
        return arguments[index + 1].get<std::string>();
    }
  }
  return std::nullopt;
}

std::string folder_of_corefile(const Json& workload) {
  const std::string path = argument_of(workload, "-conf").value_or("/etc/coredns/Corefile");
  return path.substr(0, path.rfind('/'));
}

}  // namespace

std::string platform_of(const Json& node, bool has_openshift_dns) {
  if (has_openshift_dns) return "openshift";
  for (const PlatformRow& row : k_platforms) {
    const Json& value = at(node, row.pointer);
    if (value.is_string() && text_at(node, row.pointer).starts_with(row.begins))
      return row.platform;
  }
  return {};
}

bool is_autopilot(const Json& node) {
  return text_at(node, "/metadata/name").starts_with("gk3-");
}

Json find_workload(const Json& deployments) {
  const auto is_dns = [](const Json& deployment) {
    const std::string app = text_at(deployment, "/spec/template/metadata/labels/k8s-app");
    return std::find(k_dns_apps.begin(), k_dns_apps.end(), app) != k_dns_apps.end();
  };
  const auto row = std::find_if(deployments.begin(), deployments.end(), is_dns);
  return row == deployments.end() ? Json() : *row;
}

std::string config_name(const Json& workload) {
  return config_map_of(workload, volume_at(workload, folder_of_corefile(workload)));
}

std::string custom_name(const Json& workload, const std::string& import) {
  const std::size_t slash = import.rfind('/');
  if (slash == std::string::npos) return {};
  const std::string folder = import.substr(0, slash);
  const bool absolute = folder.starts_with('/');
  return config_map_of(
      workload,
      volume_at(workload, absolute ? folder : folder_of_corefile(workload) + "/" + folder));
}

int dns_port(const Json& pod_spec) {
  for (const Json& container : list_at(pod_spec, "/containers")) {
    for (const Json& port : list_at(container, "/ports")) {
      const bool dns = text_at(port, "/name") == "dns-tcp" && text_at(port, "/protocol") == "TCP" &&
                       at(port, "/containerPort").is_number();
      if (dns) return port["containerPort"].get<int>();
    }
  }
  return k_dns_port;
}

std::string domain_argument(const Json& workload) {
  std::string domain = argument_of(workload, "--domain").value_or("");
  while (domain.ends_with('.')) domain.pop_back();
  return domain;
}

}  // namespace mesh::dns
