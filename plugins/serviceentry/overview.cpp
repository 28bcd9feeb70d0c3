#include "mesh/overview.hpp"

#include <set>

#include "discovery.hpp"
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

/// What `init` writes about the concern. The next `plan` has to take it: an export that cannot be
/// one, or another mode, server or suffix than the clusters have, would be refused, or would take
/// away what is there.
class Detection {
 public:
  Detection(const OverviewRequest& request, const Host& host) : m_request(request), m_host(host) {}

  Detected all() {
    m_detected.settings = m_request.settings;
    m_detected.settings["exports"] = Json::array();
    const Asked asked = asked_of_overview(m_request);
    m_all = read_exporters(m_host, asked.mesh, asked.clusters, asked.wishes);
    for (const ExporterFacts& facts : m_all) {
      if (facts.problem) m_detected.problems.push_back(*facts.problem);
      take_cluster(facts);
    }
    m_detected.comments[""] =
        "which services the other clusters reach, as NAME.NAMESPACE.SUFFIX (mode alias), or by "
        "their usual names (mode discovery)";
    m_detected.comments["exports"] =
        "- {cluster: NAME, service: NAMESPACE/NAME}; or annotate Services: " +
        std::string(k_export) + ": \"true\"";
    if (!m_detected.problems.empty()) return std::move(m_detected);
    take_aliases();
    if (m_aliases == 0) take_discovery(asked.istio_namespace);
    drop_unfit();
    return std::move(m_detected);
  }

 private:
  void take_cluster(const ExporterFacts& facts) {
    std::set<std::string> networks;
    for (const SeenGateway& gateway : facts.gateways) {
      networks.insert(gateway.network);
      m_detected.notes.push_back(
          {Severity::info, facts.cluster,
           "gateway " + gateway.name_space + "/" + gateway.name + " of network " + gateway.network +
               " at " +
               (gateway.addresses.empty() ? "no address yet" : gateway.addresses.front())});
    }
    if (networks.size() == 1)
      m_detected.mesh["clusters"][facts.cluster]["network"] = *networks.begin();
    for (const auto& [key, service] : facts.services) {
      if (service.wants != "true") continue;
      m_remembered.insert(facts.cluster + "/" + key);
      m_detected.notes.push_back(
          {Severity::info, facts.cluster, "Service " + key + " is exported by its annotation"});
    }
  }

  /// What aliases of ours in the clusters speak of: a mesh.yaml that forgot them would take them
  /// away. Services that say themselves that they are exported need not be named.
  void take_aliases() {
    std::vector<Read> reads;
    for (const std::string& cluster : m_request.clusters)
      reads.push_back(lookup::list_of(cluster, k_networking, "ServiceEntry", "", our_label()));
    std::map<std::string, Json> exports;  // by what it exports: each is seen in every other cluster
    // A cluster without Istio has no such kind, and one that cannot be asked was named before.
    lookup::each_page(m_host, reads, [&](std::size_t, const Json& items) {
      for (const Json& item : items) take_alias(item, exports);
    });
    take_exports(exports);
  }

  void take_alias(const Json& item, std::map<std::string, Json>& exports) {
    const auto service =
        parse_service(lookup::text(item, "/metadata/annotations/" + lookup::step(k_service)));
    const std::string from =
        context_of(m_request.mesh, lookup::text(item, "/metadata/labels/" + lookup::step(k_from)));
    const std::string name = lookup::text(item, "/spec/hosts/0");
    if (!service || name.empty()) return;
    ++m_aliases;
    if (from.empty()) return;
    const std::string suffix = suffix_of(name, *service);
    if (!suffix.empty()) m_detected.mesh["suffix"] = suffix;
    Json& one = exports[from + "/" + service->name_space + "/" + service->name] = {
        {"cluster", from}, {"service", service->name_space + "/" + service->name}};
    if (suffix.empty()) one["alias"] = name;
  }

  void take_exports(const std::map<std::string, Json>& exports) {
    for (const auto& [key, one] : exports) {
      if (!m_remembered.contains(key)) m_detected.settings["exports"].push_back(one);
    }
  }

  /// Remote secrets that lead from one cluster of the mesh to another, whoever made them.
  void take_discovery(const std::string& istio_namespace) {
    const std::vector<DiscoveryFacts> all =
        read_discovery_facts(m_host, m_request.clusters, istio_namespace);
    std::map<std::string, std::set<std::string>> servers;  // by Istio's name
    std::map<std::string, std::set<std::string>> cas;      // of the server: token, kubeconfig, file
    for (const DiscoveryFacts& observer : all) {
      if (observer.problem) continue;
      for (const DiscoveryFacts& observed : all) {
        const std::string& name = m_request.mesh.member(observed.cluster).name;
        const std::optional<RemoteAccess> held = held_for(observer, observed, name);
        if (!held) continue;
        servers[name].insert(held->server == observed.server ? "" : held->server);
        cas[name].insert(held->ca == observed.ca          ? "token"
                         : held->ca == observed.server_ca ? "kubeconfig"
                                                          : "file");
      }
    }
    if (servers.empty()) return;
    m_detected.mesh["mode"] = "discovery";
    for (const auto& [name, urls] : servers) {
      if (urls.size() == 1 && !urls.begin()->empty())
        m_detected.settings["servers"][name] = *urls.begin();
    }
    std::set<std::string> kinds;
    for (const auto& [name, ca] : cas) kinds.insert(ca.begin(), ca.end());
    if (kinds == std::set<std::string>{"kubeconfig"}) m_detected.settings["ca"] = "kubeconfig";
    take_stubs();
  }

  static std::optional<RemoteAccess> held_for(const DiscoveryFacts& observer,
                                              const DiscoveryFacts& observed,
                                              const std::string& name) {
    if (observer.cluster == observed.cluster) return std::nullopt;
    for (const RemoteSecret& remote : observer.remotes) {
      const auto held = remote.clusters.find(name);
      if (held != remote.clusters.end()) return read_kubeconfig(name, held->second);
    }
    return std::nullopt;
  }

  /// What stubs stand for is exported.
  void take_stubs() {
    std::vector<Read> reads;
    for (const std::string& cluster : m_request.clusters)
      reads.push_back(lookup::list_of(cluster, "v1", "Service", "", our_label()));
    std::map<std::string, Json> exports;
    lookup::each_page(m_host, reads, [&](std::size_t, const Json& items) {
      for (const Json& item : items) {
        const SeenService seen = seen_service(item);
        const std::string from = context_of(m_request.mesh, seen.from);
        if (seen.stub && !from.empty())
          exports[from + "/" + seen.key()] = {{"cluster", from}, {"service", seen.key()}};
      }
    });
    take_exports(exports);
  }

  /// Asks the planner itself: what it refuses about an export is left out with the reason, and the
  /// concern with it where it refuses the rest.
  void drop_unfit() {
    OverviewRequest asked_for = m_request;
    asked_for.settings = m_detected.settings;
    if (m_detected.mesh.value("mode", "") == "discovery") asked_for.mesh.mode = Mode::discovery;
    asked_for.mesh.suffix = m_detected.mesh.value("suffix", asked_for.mesh.suffix);
    drop_foreign_aliases(asked_for.mesh.suffix);
    asked_for.settings["exports"] = m_detected.settings["exports"];
    Asked asked = asked_of_overview(asked_for);
    asked.ahead = true;
    Choice choice = chosen(asked);
    for (const Problem& refused : choice.refusals) drop(refused);
    asked_for.settings["exports"] = m_detected.settings["exports"];
    asked = asked_of_overview(asked_for);
    asked.ahead = true;
    choice = chosen(asked);
    const Plan plan = ExposureClient(asked.strategy, m_host).sync(exposure_request(asked, choice));
    if (plan.refusals.empty()) return;
    m_detected.skip = true;
    for (const Problem& refused : plan.refusals)
      m_detected.notes.push_back(
          {Severity::warning, refused.cluster,
           refused.message + (refused.hint.empty() ? "" : "; ") + refused.hint});
  }

  Choice chosen(const Asked& asked) {
    return choose(read_exporters(m_host, asked.mesh, asked.clusters, asked.wishes), asked.wishes,
                  asked.mesh);
  }

  /// An alias below another suffix than the mesh's cannot be written in mesh.yaml.
  void drop_foreign_aliases(const std::string& suffix) {
    Json kept = Json::array();
    for (const Json& one : m_detected.settings["exports"]) {
      const std::string alias = one.value("alias", "");
      if (alias.empty() || alias.ends_with("." + suffix)) {
        kept.push_back(one);
      } else {
        m_detected.notes.push_back(
            {Severity::warning, one["cluster"],
             "the alias " + alias + " is no name below ." + suffix + ": up takes it away"});
      }
    }
    m_detected.settings["exports"] = kept;
  }

  void drop(const Problem& refused) {
    Json kept = Json::array();
    for (const Json& one : m_detected.settings["exports"]) {
      if (one["cluster"] != refused.cluster ||
          refused.object != "Service " + one["service"].get<std::string>())
        kept.push_back(one);
    }
    m_detected.settings["exports"] = kept;
    m_detected.notes.push_back({Severity::warning, refused.cluster, refused.message});
  }

  const OverviewRequest& m_request;
  const Host& m_host;
  std::vector<ExporterFacts> m_all;
  std::set<std::string> m_remembered;  ///< "context/namespace/name" with an annotation
  std::size_t m_aliases = 0;
  Detected m_detected;
};

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
    return Detection(request, host).all();
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
