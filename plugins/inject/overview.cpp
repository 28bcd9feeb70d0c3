#include "mesh/overview.hpp"

#include "verbs.hpp"

namespace mesh::inject {

namespace {

class InjectOverview : public Overview {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "overview/1";
    extension.name = "inject";
    extension.summary = "Sidecars and stale pods";
    return extension;
  }

  Detected detect(const OverviewRequest& request, const Host& host) override {
    Detected detected;
    std::set<std::string> names, revisions;
    for (const ClusterFacts& facts : facts_of(request, host)) {
      if (facts.problem) detected.problems.push_back(*facts.problem);
      for (const auto& [name, one] : facts.namespaces) {
        if (!concerned(one)) continue;
        const Saying saying = saying_of(one.labels);
        names.insert(name);
        if (saying.kind == Saying::Kind::revision) revisions.insert(saying.revision);
        if (saying.conflicting)
          detected.notes.push_back({Severity::warning, facts.cluster,
                                    "namespace " + name +
                                        " has istio-injection and istio.io/rev; "
                                        "the revision has no effect"});
      }
    }
    detected.settings = {{"namespaces", names}};
    detected.comments[""] = "whose pods get a sidecar; up restarts those that lack it";
    detected.comments["namespaces"] = names.empty() ? "none is labelled yet: name those of your "
                                                      "services"
                                                    : "labelled already";
    if (revisions.size() == 1) detected.settings["revision"] = *revisions.begin();
    return detected;
  }

  StatusTable status(const OverviewRequest& request, const Host& host) override {
    StatusTable table;
    table.columns = {{"SIDECARS", "/sidecars"}, {"STALE PODS", "/stale"}};
    for (const ClusterFacts& facts : facts_of(request, host)) {
      if (facts.problem) {
        table.problems.push_back(*facts.problem);
        continue;
      }
      int pods = 0;
      int injected = 0;
      int stale = 0;
      for (const auto& [name, one] : facts.namespaces) {
        if (!concerned(one)) continue;
        for (const WorkloadState& state : workloads_of(facts, name, one.labels)) {
          pods += state.pods - state.outside;
          injected += state.injected;
          stale += state.stale;
        }
      }
      table.rows.push_back({{"cluster", facts.cluster},
                            {"sidecars", std::to_string(injected) + "/" + std::to_string(pods)},
                            {"stale", stale}});
    }
    return table;
  }

 private:
  static std::vector<ClusterFacts> facts_of(const OverviewRequest& request, const Host& host) {
    Look look;
    look.clusters = request.clusters;
    look.istio_namespace = request.settings.value("istio-namespace", look.istio_namespace);
    look.workloads = false;
    return read_facts(host, look);
  }
};

}  // namespace

ExtensionPtr make_overview() {
  return std::make_unique<InjectOverview>();
}

}  // namespace mesh::inject
