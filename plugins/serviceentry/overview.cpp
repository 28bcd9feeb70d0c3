#include "mesh/overview.hpp"

#include <set>

#include "verbs.hpp"

#include "mesh/lookup.hpp"

namespace mesh::serviceentry {

namespace {

Asked asked_of_overview(const OverviewRequest& request) {
  return asked_of(CheckRequest{.clusters = request.clusters,
                               .options = Json::object(),
                               .settings = request.settings,
                               .mesh = request.mesh});
}

std::string states_text(const std::map<std::string, int>& states) {
  std::string text;
  int all = 0;
  for (const auto& [state, count] : states) {
    all += count;
    if (state != "in step")
      text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + state;
  }
  return std::to_string(all) + (text.empty() ? "" : " (" + text + ")");
}

/// The context of the member that istiod of its cluster calls `name`; empty: it is not of this run.
std::string context_of(const MeshView& mesh, const std::string& name) {
  for (const Member& member : mesh.members) {
    if (member.name == name || member.context == name) return member.context;
  }
  return {};
}

/// "mesh.internal" of "app1.default.mesh.internal"; empty: the host is an alias of its own.
std::string suffix_of(const std::string& host, const ServiceName& service) {
  const std::string usual = service.name + "." + service.name_space + ".";
  return host.starts_with(usual) ? host.substr(usual.size()) : "";
}

/// What aliases of ours in the clusters speak of: a mesh.yaml that forgot them would take them
/// away. Services in `remembered` ("context/namespace/name") say themselves that they are exported.
void detect_aliases(const OverviewRequest& request, const Host& host,
                    const std::set<std::string>& remembered, Detected& detected) {
  std::vector<Read> reads;
  for (const std::string& cluster : request.clusters) {
    reads.push_back(lookup::list_of(cluster, k_networking, "ServiceEntry", "", our_label()));
  }
  std::map<std::string, Json> exports;  // by what it exports: each is seen in every other cluster
  // A cluster without Istio has no such kind, and one that cannot be asked was named before.
  lookup::each_page(host, reads, [&](std::size_t, const Json& items) {
    for (const Json& item : items) {
      const auto service =
          parse_service(lookup::text(item, "/metadata/annotations/" + lookup::step(k_service)));
      const std::string from =
          context_of(request.mesh, lookup::text(item, "/metadata/labels/" + lookup::step(k_from)));
      const std::string name = lookup::text(item, "/spec/hosts/0");
      if (!service || from.empty() || name.empty()) continue;
      const std::string suffix = suffix_of(name, *service);
      if (!suffix.empty()) detected.mesh["suffix"] = suffix;
      const std::string key = from + "/" + service->name_space + "/" + service->name;
      if (remembered.contains(key)) continue;
      Json& one = exports[key] = {{"cluster", from},
                                  {"service", service->name_space + "/" + service->name}};
      if (suffix.empty()) one["alias"] = name;
    }
  });
  for (const auto& [key, one] : exports) detected.settings["exports"].push_back(one);
}

class ServiceEntryOverview : public Overview {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "overview/1";
    extension.name = "serviceentry";
    extension.summary = "Exports, gateways and remote clusters";
    return extension;
  }

  Detected detect(const OverviewRequest& request, const Host& host) override {
    Detected detected;
    const Asked asked = asked_of_overview(request);
    std::set<std::string> remembered;
    for (const ExporterFacts& facts :
         read_exporters(host, asked.mesh, asked.clusters, asked.wishes)) {
      if (facts.problem) detected.problems.push_back(*facts.problem);
      std::set<std::string> networks;
      for (const SeenGateway& gateway : facts.gateways) {
        networks.insert(gateway.network);
        detected.notes.push_back(
            {Severity::info, facts.cluster,
             "gateway " + gateway.name_space + "/" + gateway.name + " of network " +
                 gateway.network + " at " +
                 (gateway.addresses.empty() ? "no address yet" : gateway.addresses.front())});
      }
      if (networks.size() == 1)
        detected.mesh["clusters"][facts.cluster]["network"] = *networks.begin();
      for (const auto& [key, service] : facts.services) {
        if (service.wants != "true") continue;
        remembered.insert(facts.cluster + "/" + key);
        detected.notes.push_back(
            {Severity::info, facts.cluster, "Service " + key + " is exported by its annotation"});
      }
    }
    detected.settings = {{"exports", Json::array()}};
    detect_aliases(request, host, remembered, detected);
    detected.comments[""] =
        "which services the other clusters reach, as NAME.NAMESPACE.SUFFIX (mode alias)";
    detected.comments["exports"] =
        "- {cluster: NAME, service: NAMESPACE/NAME}; or annotate Services: " +
        std::string(k_export) + ": \"true\"";
    return detected;
  }

  StatusTable status(const OverviewRequest& request, const Host& host) override {
    StatusTable table;
    const Asked asked = asked_of_overview(request);
    const bool discovery = asked.strategy == "discovery";
    table.columns = {{"GATEWAY", "/gateway"},
                     {"EXPORTS", "/exports"},
                     {discovery ? "DISCOVERS" : "ALIASES", "/aliases"}};
    const std::vector<ExporterFacts> all =
        read_exporters(host, asked.mesh, asked.clusters, asked.wishes);
    for (const ExporterFacts& facts : all) {
      if (facts.problem) table.problems.push_back(*facts.problem);
    }
    const Choice choice = choose(all, asked.wishes, asked.mesh);
    const Report listed =
        ExposureClient(asked.strategy, host).list(exposure_request(asked, choice));
    for (const std::string& cluster : asked.clusters) {
      std::map<std::string, int> states;
      for (const Json& row : listed.items) {
        if (row.value("cluster", "") == cluster) ++states[row.value("state", "")];
      }
      table.rows.push_back({{"cluster", cluster},
                            {"gateway", gateway_text(choice, cluster)},
                            {"exports", count_of(choice, cluster)},
                            {"aliases", states_text(states)}});
    }
    return table;
  }

 private:
  static std::string gateway_text(const Choice& choice, const std::string& cluster) {
    for (const ClusterGateway& gateway : choice.gateways) {
      if (gateway.cluster != cluster) continue;
      if (!gateway.addresses.empty()) return gateway.addresses.front().address;
      return gateway.state == ClusterGateway::State::pending ? "pending" : "none";
    }
    return "?";
  }

  static std::int64_t count_of(const Choice& choice, const std::string& cluster) {
    return std::count_if(choice.exports.begin(), choice.exports.end(),
                         [&](const Export& one) { return one.cluster == cluster; });
  }
};

}  // namespace

ExtensionPtr make_overview() {
  return std::make_unique<ServiceEntryOverview>();
}

}  // namespace mesh::serviceentry
