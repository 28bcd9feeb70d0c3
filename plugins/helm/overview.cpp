#include "mesh/overview.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "kubernetes_versions.hpp"
#include "objects.hpp"
#include "revisions.hpp"
#include "verbs.hpp"

#include "mesh/offered.hpp"

// The sections of `init` and `status`. What `init` writes has to be taken by the next `plan`: a
// revision, a driver or a version other than those that are there would be refused, or would
// change them.

namespace mesh::helm {

namespace {

/// "1.31.0"; a tag may be any word.
bool is_version(const std::string& tag) {
  return !tag.empty() && std::isdigit(static_cast<unsigned char>(tag.front())) != 0 &&
         std::count(tag.begin(), tag.end(), '.') == 2;
}

std::string joined(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

Wanted wanted_for(const std::vector<std::string>& clusters, const Json& settings = Json::object()) {
  return wanted_of(
      {.verb = {}, .clusters = clusters, .options = Json::object(), .settings = settings});
}

/// The revision that a cluster's mesh is of: the default one, or the only other.
std::optional<std::string> revision_of(const ClusterFacts& facts) {
  if (!selected_istiod(facts).is_null()) return "";
  const std::vector<std::string> all = revisions_in(facts);
  return all.size() == 1 ? std::optional(all.front()) : std::nullopt;
}

class Detection {
 public:
  Detection(const OverviewRequest& request, const Host& host)
      : m_host(host),
        m_wanted(wanted_for(request.clusters, request.settings)),
        m_clusters(request.clusters) {}

  Detected all() {
    take_namespace();
    m_all = read_facts(m_host, m_clusters, m_wanted);
    for (const ClusterFacts& facts : m_all) {
      if (facts.problem) m_detected.problems.push_back(*facts.problem);
    }
    if (!m_detected.problems.empty()) return std::move(m_detected);
    m_detected.settings = {{"charts", k_repository}, {"version", k_version}};
    m_detected.comments["charts"] =
        "a chart repository, oci:// or a folder with base, istiod and gateway";
    take_revision();
    for (const ClusterFacts& facts : m_all) take_mesh(facts);
    agree();
    take_version();
    take_driver();
    return std::move(m_detected);
  }

 private:
  /// Where istiod is: the other concerns look there, too.
  void take_namespace() {
    std::vector<Read> reads;
    for (const std::string& cluster : m_clusters) {
      reads.push_back({.cluster = cluster,
                       .object = {"apps/v1", "Deployment", "", ""},
                       .labels = "app=istiod",
                       .next = {}});
    }
    std::set<std::string> names;
    for (const ReadResult& list : m_host.read(reads)) {
      for (const Json& istiod : items_of(list))
        names.insert(text_at(istiod, "/metadata/namespace"));
    }
    if (names.size() > 1)
      m_detected.notes.push_back({Severity::warning, "",
                                  "istiod is in the namespaces " + joined(names) +
                                      ": `istio-namespace` selects one of them"});
    if (names.size() != 1 || *names.begin() == "istio-system") return;
    m_wanted.name_space = *names.begin();
    m_detected.mesh["settings"]["istio-namespace"] = m_wanted.name_space;
  }

  void take_revision() {
    std::set<std::string> revisions;
    bool unclear = false;
    for (const ClusterFacts& facts : m_all) {
      if (facts.istiods.empty()) continue;
      const std::optional<std::string> revision = revision_of(facts);
      unclear = unclear || !revision;
      for (const std::string& one :
           revision ? std::vector<std::string>{*revision} : revisions_in(facts))
        revisions.insert(shown_revision(one));
    }
    if (unclear || revisions.size() > 1) {
      m_detected.comments[""] = "the clusters have istiods of the revisions " + joined(revisions) +
                                ": `revision: NAME` selects one of them";
      return;
    }
    if (revisions.empty() || *revisions.begin() == k_default_revision) return;
    m_wanted.revision = *revisions.begin();
    m_detected.settings["revision"] = m_wanted.revision;
    m_all = read_facts(m_host, m_clusters, m_wanted);
  }

  void take_mesh(const ClusterFacts& facts) {
    Json cluster = Json::object();
    const std::string network =
        text_at(facts.name_space, "/metadata/labels/topology.istio.io~1network");
    if (!network.empty()) cluster["network"] = network;
    for (const Json& istiod : facts.istiods) {
      m_detected.notes.push_back(
          {Severity::info, facts.cluster,
           "Istio " + image_tag(istiod) + " is there already" +
               (facts.istiods.size() == 1 ? ""
                                          : ", revision " + shown_revision(revision_in(value_at(
                                                                istiod, "/metadata/labels"))))});
    }
    const Json& istiod = selected_istiod(facts);
    if (!istiod.is_null()) {
      m_running.insert(image_tag(istiod));
      const std::string name = istiod_environment(istiod, "CLUSTER_ID");
      if (!name.empty() && name != "Kubernetes") cluster["name"] = name;
      m_domains[trust_domain_of(facts)].insert(facts.cluster);
      const std::string id = text_at(facts.mesh_config, "/defaultConfig/meshId");
      if (!id.empty()) m_ids[id].insert(facts.cluster);
    }
    if (!cluster.empty()) m_detected.mesh["clusters"][facts.cluster] = cluster;
  }

  using Said = std::map<std::string, std::set<std::string>>;  ///< value -> the clusters that say it

  static std::string text_of(const Said& said) {
    std::string text;
    for (const auto& [value, clusters] : said)
      text += (text.empty() ? "" : "; ") + value + " in " + joined(clusters);
    return text;
  }

  /// One mesh has one trust domain in mesh.yaml; mesh IDs that differ keep no call from working.
  void agree() {
    if (m_domains.size() == 1) m_detected.mesh["trustDomain"] = m_domains.begin()->first;
    if (m_domains.size() > 1)
      m_detected.problems.push_back(
          {.code = "refused",
           .message = "the clusters have trust domains of their own (" + text_of(m_domains) +
                      "), which mesh.yaml cannot say",
           .hint = "give them one trust domain (meshConfig.trustDomain), or leave one out",
           .cluster = {},
           .object = {}});
    if (m_ids.size() == 1) m_detected.mesh["id"] = m_ids.begin()->first;
    if (m_ids.size() > 1)
      m_detected.notes.push_back(
          {Severity::warning, "", "the clusters have mesh IDs of their own: " + text_of(m_ids)});
  }

  /// `up` with the file as it stands leaves the version that is there; two of them are the
  /// operator's to settle.
  void take_version() {
    if (m_running.size() == 1 && is_version(*m_running.begin()))
      m_detected.settings["version"] = *m_running.begin();
    if (m_running.empty()) take_fitting_version();
    if (m_running.size() > 1)
      m_detected.comments["version"] = "the clusters run different ones, see above";
  }

  /// An Istio that the clusters' Kubernetes is too old or too new for is refused.
  void take_fitting_version() {
    read_versions(m_host, m_all);
    std::vector<std::string> kubernetes;
    for (const ClusterFacts& facts : m_all) kubernetes.push_back(facts.kubernetes);
    const bool refused =
        std::any_of(kubernetes.begin(), kubernetes.end(), [](const std::string& one) {
          return version_fit(k_version, one).severity == Severity::failure;
        });
    const std::string other = refused ? version_for(kubernetes) : "";
    if (other.empty()) return;
    m_detected.settings["version"] = other;
    m_detected.comments["version"] = "the newest that the clusters' Kubernetes is supported with";
  }

  /// A driver whose plugin failed has made nothing that is known.
  std::vector<ReleaseState> states_of(const std::string& driver,
                                      const std::vector<Release>& releases) try {
    return HelmDriverClient(driver, m_host).look(releases);
  } catch (const Failure& failure) {
    if (failure.problem().plugin.empty()) throw;
    const std::string& hint = failure.problem().hint;
    m_detected.notes.push_back({Severity::warning, "",
                                "driver " + driver +
                                    " is left out: " + message_of(failure.problem()) +
                                    (hint.empty() ? "" : "; " + hint)});
    return {};
  }

  /// The driver that made what is there. What none of them made is somebody else's, and `plan`
  /// would refuse it.
  void take_driver() {
    std::set<std::string> foreign;
    std::set<std::string> drivers;
    std::vector<Release> releases;
    for (const ClusterFacts& facts : m_all) {
      for (const std::string& name :
           {std::string(k_base), istiod_name(m_wanted.revision), std::string(k_gateway)}) {
        releases.emplace_back();
        releases.back().cluster = facts.cluster;
        releases.back().name = name;
        releases.back().name_space = m_wanted.name_space;
      }
      if (!selected_istiod(facts).is_null()) foreign.insert(facts.cluster);
    }
    for (const ExtensionEntry& driver : m_host.extensions("helm-driver/1")) {
      for (const ReleaseState& state : states_of(driver.name, releases)) {
        if (state.status.empty()) continue;
        if (state.inputs.empty()) {
          foreign.insert(state.cluster);
        } else if (state.name == istiod_name(m_wanted.revision)) {
          foreign.erase(state.cluster);
          drivers.insert(driver.name);
        }
      }
    }
    if (drivers.size() == 1 && *drivers.begin() != m_wanted.driver)
      m_detected.settings["driver"] = *drivers.begin();
    if (foreign.empty()) return;
    m_detected.skip = true;
    m_detected.notes.push_back(
        {Severity::info, "",
         "Istio of " + joined(foreign) +
             " was installed by somebody else, so `skip` leaves it alone; `helm install --adopt` "
             "takes releases of Helm over"});
  }

  const Host& m_host;
  Wanted m_wanted;
  std::vector<std::string> m_clusters;
  std::vector<ClusterFacts> m_all;
  Said m_domains, m_ids;
  std::set<std::string> m_running;
  Detected m_detected;
};

std::string shown(const Json& deployment, const std::string& version) {
  if (deployment.is_null()) return "none";
  return (version.empty() ? "" : version + ", ") + readiness(deployment);
}

/// The selected revision, and those next to it.
std::string istiods_text(const ClusterFacts& facts) {
  const Json& selected = selected_istiod(facts);
  std::string text = shown(selected, image_tag(selected));
  for (const std::string& revision : other_revisions(facts, facts.revision)) {
    const Json& other = istiod_of(facts, revision);
    text += "; " + shown_revision(revision) + " " + shown(other, image_tag(other));
  }
  return text;
}

class IstioOverview : public Overview {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "overview/1";
    extension.name = "helm";
    extension.summary = "Istio and its gateway";
    return extension;
  }

  Detected detect(const OverviewRequest& request, const Host& host) override {
    return Detection(request, host).all();
  }

  StatusTable status(const OverviewRequest& request, const Host& host) override {
    StatusTable table;
    table.columns = {
        {"ISTIO", "/istio"}, {"GATEWAY PODS", "/gateway"}, {"ADDRESS", "/address", true}};
    const Wanted wanted = wanted_for(request.clusters, request.settings);
    for (const ClusterFacts& facts : read_facts(host, request.clusters, wanted)) {
      if (facts.problem) {
        table.problems.push_back(*facts.problem);
        continue;
      }
      std::string addresses;
      for (const std::string& address : gateway_addresses(facts.gateway_service)) {
        addresses += (addresses.empty() ? "" : ",") + address;
      }
      table.rows.push_back(
          {{"cluster", facts.cluster},
           {"istio", istiods_text(facts)},
           {"gateway", shown(facts.gateways.empty() ? Json() : facts.gateways.front(), "")},
           {"address", addresses.empty() ? "none" : addresses}});
    }
    return table;
  }
};

}  // namespace

ExtensionPtr make_overview() {
  return std::make_unique<IstioOverview>();
}

}  // namespace mesh::helm
