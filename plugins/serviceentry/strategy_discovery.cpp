#include <algorithm>

#include "choose.hpp"
#include "discovery.hpp"
#include "strategies.hpp"

namespace mesh::serviceentry {

namespace {

std::map<std::string, std::string> texts_of(const Json& map, const char* what) {
  std::map<std::string, std::string> texts;
  if (!map.is_object())
    throw Failure("invalid-input", std::string("serviceentry: ") + what + " is not a mapping",
                  std::string("write ") + what + ": {NAME: VALUE}");
  for (const auto& [name, value] : map.items()) {
    if (!value.is_string())
      throw Failure("invalid-input",
                    std::string("serviceentry: ") + what + "." + name + " is not a text");
    texts[name] = value.get<std::string>();
  }
  return texts;
}

class DiscoveryStrategy : public ExposureStrategy {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "exposure/1";
    extension.name = "discovery";
    extension.summary = "Every istiod watches the other clusters, by remote secrets";
    extension.settings = parse_json(R"({"type": "object", "properties": {
      "servers": {"type": "object", "description": "by cluster, the URL under which the others reach its API server"},
      "ca": {"enum": ["token", "kubeconfig", "file"], "description": "the CA of that server"},
      "ca-files": {"type": "object", "additionalProperties": {"type": "string", "format": "path"}, "description": "with ca: file: by cluster, a PEM file"}}})",
                                    "schema");
    return extension;
  }

  Plan sync(const ExposureRequest& request, const Host& host) override {
    std::vector<DiscoveryFacts> all = facts(request, host);
    read_stubs(host, request, all);
    return plan_discovery(request, all, host);
  }

  Plan remove(const ExposureRequest& request, const Host& host) override {
    std::vector<DiscoveryFacts> all = facts(request, host);
    read_own_stubs(host, all);
    return plan_discovery_removal(request, all, host);
  }

  Report list(const ExposureRequest& request, const Host& host) override {
    std::vector<DiscoveryFacts> all = facts(request, host);
    read_stubs(host, request, all);
    return discovery_list(request, all);
  }

 private:
  static std::vector<DiscoveryFacts> facts(const ExposureRequest& request, const Host& host) {
    return read_discovery_facts(host, readable_clusters(request), request.istio_namespace);
  }
};

void read_servers(DiscoverySettings& wanted, const Json& flag) {
  const Json list = flag.is_array() ? flag : Json::array({flag});
  for (const Json& entry : list) {
    const std::string text = entry.is_string() ? entry.get<std::string>() : "";
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Failure("invalid-input", "--api-server: \"" + text + "\" is not NAME=URL",
                    "write --api-server c1=https://203.0.113.7:6443");
    wanted.servers[text.substr(0, equals)] = text.substr(equals + 1);
  }
}

}  // namespace

DiscoverySettings discovery_settings(const Json& settings) {
  using Ca = DiscoverySettings::Ca;
  DiscoverySettings wanted;
  wanted.servers = texts_of(settings.value("servers", Json::object()), "servers");
  wanted.ca_files = texts_of(settings.value("ca-files", Json::object()), "ca-files");
  if (settings.contains("api-server")) read_servers(wanted, settings["api-server"]);
  const std::string ca = settings.value("ca", std::string("token"));
  if (ca == "kubeconfig") wanted.ca = Ca::kubeconfig;
  if (ca == "file") wanted.ca = Ca::file;
  if (ca != "token" && ca != "kubeconfig" && ca != "file")
    throw Failure("invalid-input", "serviceentry: ca \"" + ca + "\" is not known",
                  "token, kubeconfig or file");
  return wanted;
}

Report discovery_list(const ExposureRequest& request, const std::vector<DiscoveryFacts>& all) {
  Report report;
  report.kind = "ExposureList";
  report.columns = {{"CLUSTER", "/cluster"}, {"DISCOVERS", "/from"},      {"SERVICE", "/service"},
                    {"SERVER", "/server"},   {"SECRET", "/secret", true}, {"STATE", "/state"}};
  const DiscoverySettings settings = discovery_settings(request.settings);
  for (const DiscoveryFacts& observer : all) {
    if (observer.problem) report.problems.push_back(*observer.problem);
    for (const DiscoveryFacts& observed : all) {
      if (observer.cluster == observed.cluster || observer.problem) continue;
      RemoteAccess access;
      access.name = request.mesh.member(observed.cluster).name;
      const std::string why =
          observed.problem ? "it does not answer" : fill_access(access, observed, settings);
      Json row{{"cluster", observer.cluster},
               {"from", observed.cluster},
               {"service", ""},
               {"server", access.server},
               {"secret", remote_secret_name(access.name)},
               {"state", "missing"}};
      for (const RemoteSecret& remote : observer.remotes) {
        const auto held = remote.clusters.find(access.name);
        if (held == remote.clusters.end()) continue;
        const RemoteAccess there = read_kubeconfig(access.name, held->second);
        row["server"] = there.server;
        row["secret"] = remote.name;
        row["state"] = why.empty() && same_access(there, access) ? "in step" : "differs";
      }
      report.items.push_back(std::move(row));
    }
  }
  list_stubs(report, request, all);
  return report;
}

ExtensionPtr make_discovery() {
  return std::make_unique<DiscoveryStrategy>();
}

}  // namespace mesh::serviceentry
