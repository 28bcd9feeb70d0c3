#include "mesh/overview.hpp"

#include <set>

#include "verbs.hpp"

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
        if (service.wants == "true")
          detected.notes.push_back(
              {Severity::info, facts.cluster, "Service " + key + " is exported by its annotation"});
      }
    }
    detected.settings = {{"exports", Json::array()}};
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
