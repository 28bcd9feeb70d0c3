#include <algorithm>
#include <array>

#include "objects.hpp"
#include "verbs.hpp"

// Driver `render`: `helm template`, then server-side apply by the host, without a release in the
// cluster. A ConfigMap remembers what was made, so that it can be taken away again.

namespace mesh::helm {

namespace {

constexpr const char* k_managed_by = "app.kubernetes.io/managed-by";

std::string record_name(const Release& release) {
  return "kubectl-mesh-release-" + release.name;
}

/// Parts of the chart that Kubernetes keeps outside of every namespace.
bool is_cluster_scoped(const std::string& kind) {
  constexpr std::array<const char*, 6> k_kinds{"CustomResourceDefinition",
                                               "ClusterRole",
                                               "ClusterRoleBinding",
                                               "MutatingWebhookConfiguration",
                                               "ValidatingWebhookConfiguration",
                                               "Namespace"};
  return std::find(k_kinds.begin(), k_kinds.end(), kind) != k_kinds.end();
}

Json record_of(const Release& release, const std::vector<Json>& objects) {
  Json refs = Json::array();
  for (const Json& object : objects) refs.push_back(to_json(ref_of(object)));
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata",
           {{"name", record_name(release)},
            {"namespace", release.name_space},
            {"labels", {{k_managed_by, "kubectl-mesh"}}}}},
          {"data", {{"inputs", release.inputs}, {"objects", to_text(refs)}}}};
}

/// istiod itself makes its validating webhooks strict once it serves them: that is left as it is.
void keep_failure_policies(std::vector<Json>& objects, const std::string& cluster,
                           const Host& host) {
  for (Json& object : objects) {
    if (object.value("kind", "") != "ValidatingWebhookConfiguration") continue;
    const ReadResult live =
        host.read({{.cluster = cluster, .object = ref_of(object), .labels = {}, .next = {}}})[0];
    if (live.problem) throw Failure(*live.problem);
    if (!live.found || !object.contains("webhooks")) continue;
    for (Json& webhook : object["webhooks"]) {
      for (const Json& there : live.object.value("webhooks", Json::array())) {
        if (there.value("name", "") == webhook.value("name", "") &&
            there.contains("failurePolicy")) {
          webhook["failurePolicy"] = there["failurePolicy"];
        }
      }
    }
  }
}

class Render : public HelmDriver {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "helm-driver/1";
    extension.name = "render";
    extension.summary = "Charts rendered by the helm program and applied by this tool";
    return extension;
  }

  std::vector<ReleaseState> look(const std::vector<Release>& releases, const Host& host) override {
    std::vector<Read> reads;
    for (const Release& release : releases) {
      reads.push_back({.cluster = release.cluster,
                       .object = {"v1", "ConfigMap", release.name_space, record_name(release)},
                       .labels = {},
                       .next = {}});
    }
    const std::vector<ReadResult> records = host.read(reads);
    std::vector<ReleaseState> states;
    for (std::size_t at = 0; at < releases.size(); ++at) {
      if (records[at].problem) throw Failure(*records[at].problem);
      ReleaseState state;
      state.cluster = releases[at].cluster;
      state.name = releases[at].name;
      if (records[at].found) {
        state.status = "deployed";
        state.inputs = text_at(records[at].object, "/data/inputs");
      }
      states.push_back(std::move(state));
    }
    return states;
  }

  std::vector<Action> install(const DriverRequest& request, const ReleaseState&,
                              const Host& host) override {
    std::vector<Action> actions;
    std::vector<Json> objects = rendered(request, host);
    keep_failure_policies(objects, request.release.cluster, host);
    objects.push_back(record_of(request.release, objects));
    for (Json& object : objects) {
      Action action;
      action.type = ActionType::apply;
      action.cluster = request.release.cluster;
      action.reason = "of chart " + request.release.name;
      action.object = std::move(object);
      actions.push_back(std::move(action));
    }
    return actions;
  }

  std::vector<Action> uninstall(const DriverRequest& request, const ReleaseState& state,
                                const Host& host) override {
    if (state.status.empty()) return {};
    const Release& release = request.release;
    const ObjectRef record{"v1", "ConfigMap", release.name_space, record_name(release)};
    const ReadResult found =
        host.read({{.cluster = release.cluster, .object = record, .labels = {}, .next = {}}})[0];
    if (found.problem) throw Failure(*found.problem);
    Json refs = parse_json(text_at(found.object, "/data/objects"), "the record of " + release.name);
    std::vector<Action> actions;
    for (auto ref = refs.rbegin(); ref != refs.rend(); ++ref) {
      Action action;
      action.type = ActionType::remove;
      action.cluster = release.cluster;
      action.reason = "of chart " + release.name;
      action.target = object_ref_from_json(*ref);
      // As with helm, objects of an operator's own may depend on a CRD.
      if (action.target.kind != "CustomResourceDefinition") actions.push_back(std::move(action));
    }
    Action last;
    last.type = ActionType::remove;
    last.cluster = release.cluster;
    last.reason = "nothing of it is left";
    last.target = record;
    actions.push_back(std::move(last));
    return actions;
  }
};

}  // namespace

std::vector<Json> rendered(const DriverRequest& request, const Host& host,
                           Definitions definitions) {
  const Release& release = request.release;
  std::vector<std::string> arguments{"template", release.name};
  const std::vector<std::string> chart = chart_arguments(release.chart);
  arguments.insert(arguments.end(), chart.begin(), chart.end());
  arguments.insert(arguments.end(), {"--namespace", release.name_space, "--values", "-"});
  if (definitions == Definitions::all) arguments.emplace_back("--include-crds");
  for (const std::string& file : release.value_files) {
    arguments.insert(arguments.end(), {"--values", file});
  }
  const std::string program = request.settings.value("binary", std::string("helm"));
  const ProgramEnd end = host.run_program(program, arguments, to_text(release.values), 120);
  if (end.status != 0) {
    throw Failure("failed", release.cluster + ": " + program + " template failed: " + end.errors,
                  "correct the chart or the values that it names");
  }
  std::vector<Json> objects;
  for (Json& object : host.parse_yaml(end.output, "the rendered chart " + release.name)) {
    if (!object.is_object() || object.empty()) continue;
    Json& metadata = object["metadata"];
    const std::string kind = object.value("kind", std::string());
    if (!metadata.contains("namespace") && !is_cluster_scoped(kind)) {
      metadata["namespace"] = release.name_space;
    }
    metadata["labels"][k_managed_by] = "kubectl-mesh";
    objects.push_back(std::move(object));
  }
  return objects;
}

ExtensionPtr make_render_driver() {
  return std::make_unique<Render>();
}

}  // namespace mesh::helm
