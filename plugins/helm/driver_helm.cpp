#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <set>

#include "objects.hpp"
#include "ownership.hpp"
#include "release_record.hpp"
#include "verbs.hpp"

// Driver `helm`: releases of Helm 3 or 4. What is there is read from Helm's own Secrets, so that a
// run with nothing to do starts no program.

namespace mesh::helm {

namespace {

constexpr const char* k_inputs_label = "kubectl-mesh.dev/inputs";
constexpr std::int64_t k_seconds = 300;
// Another helm that is still at work looks just like one that was killed.
constexpr std::int64_t k_surely_dead = 600;

std::int64_t number_of(const std::string& text) {
  return text.empty() || text.find_first_not_of("0123456789") != std::string::npos ||
                 text.size() > 15
             ? 0
             : std::stoll(text);
}

/// Helm's labels have seconds since 1970.
std::optional<std::chrono::sys_seconds> changed_in(const Json& secret) {
  const std::int64_t seconds = std::max(number_of(text_at(secret, "/metadata/labels/modifiedAt")),
                                        number_of(text_at(secret, "/metadata/labels/createdAt")));
  if (seconds == 0) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

/// The Secret of a release's newest revision, as far as its labels tell.
ReleaseState state_of(const std::string& cluster, const Json& secret) {
  return {.cluster = cluster,
          .name = text_at(secret, "/metadata/labels/name"),
          .status = text_at(secret, "/metadata/labels/status"),
          .inputs = text_at(secret, "/metadata/labels/kubectl-mesh.dev~1inputs"),
          .chart = text_at(secret, "/metadata/labels/kubectl-mesh.dev~1chart"),
          .revision = number_of(text_at(secret, "/metadata/labels/version")),
          .changed = changed_in(secret)};
}

/// The program writes by itself: what Istio's charts are made of, and Helm's own record of a
/// release.
std::vector<NeededRight> rights_of(const std::string& name_space, const char* verb = "create") {
  const std::vector<ObjectRef> written{
      {"v1", "Secret", name_space, ""},
      {"v1", "ConfigMap", name_space, ""},
      {"v1", "Service", name_space, ""},
      {"v1", "ServiceAccount", name_space, ""},
      {"apps/v1", "Deployment", name_space, ""},
      {"rbac.authorization.k8s.io/v1", "ClusterRole", "", ""},
      {"rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "", ""},
      {"apiextensions.k8s.io/v1", "CustomResourceDefinition", "", ""},
      {"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "", ""},
      {"admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "", ""},
  };
  std::vector<NeededRight> rights;
  for (const ObjectRef& target : written) rights.push_back({.verb = verb, .target = target});
  return rights;
}

Action helm(const DriverRequest& request, std::vector<std::string> arguments, std::string reason,
            std::string input = {}) {
  Action action;
  action.type = ActionType::run;
  action.cluster = request.release.cluster;
  action.reason = std::move(reason);
  action.program = request.settings.value("binary", std::string("helm"));
  action.arguments = std::move(arguments);
  for (const std::string& word : {std::string("--namespace"), request.release.name_space}) {
    action.arguments.push_back(word);
  }
  action.input = std::move(input);
  action.release = {.name = request.release.name, .name_space = request.release.name_space};
  action.seconds = request.settings.value("timeout-seconds", k_seconds);
  action.needs = rights_of(request.release.name_space);
  return action;
}

/// What a chart brings about by itself, and Helm does not delete with its release.
struct LeftoverRow {
  std::string_view chart;
  const char* api_version;
  const char* kind;
  bool in_namespace;  ///< of the release; else in any
  std::vector<std::string> names{};
  std::string labels{};
};
constexpr const char* k_definitions = "apiextensions.k8s.io/v1";

std::vector<LeftoverRow> leftover_rows(const std::string& release) {
  const std::string by_helm = "app.kubernetes.io/managed-by=Helm,";
  const char* kind = "CustomResourceDefinition";
  return {
      {"base", k_definitions, kind, false, {}, by_helm + "app.kubernetes.io/instance=" + release},
      {"base", k_definitions, kind, false, {}, by_helm + "chart=istio"},  // until Istio 1.24
      {"istiod", "v1", "ConfigMap", false, {"istio-ca-root-cert", "istio-ca-crl"}},
      {"istiod",
       "v1",
       "ConfigMap",
       true,
       {"istio-leader", "istio-ip-autoallocate", "istio-namespace-controller-election"}},
      {"istiod", "v1", "Secret", true, {"istio-ca-secret"}}};
}

std::vector<ObjectSelection> leftovers_of(const Release& release) {
  const std::string chart = release.chart.name.substr(release.chart.name.rfind('/') + 1);
  std::vector<ObjectSelection> leftovers;
  for (const LeftoverRow& row : leftover_rows(release.name)) {
    if (row.chart != chart) continue;
    leftovers.push_back(
        {.kind = {row.api_version, row.kind, row.in_namespace ? release.name_space : "", ""},
         .names = row.names,
         .labels = row.labels});
  }
  return leftovers;
}

/// Undone by Helm itself, unless another helm has made a newer revision by then.
ProgramUndo undo_of(const DriverRequest& request, std::vector<std::string> arguments) {
  const Release& release = request.release;
  ProgramUndo undo;
  undo.arguments = std::move(arguments);
  for (const std::string& word :
       {std::string("--wait"), std::string("--namespace"), release.name_space}) {
    undo.arguments.push_back(word);
  }
  undo.history = {.kind = {"v1", "Secret", release.name_space, ""},
                  .labels = "owner=helm,name=" + release.name};
  undo.needs = rights_of(release.name_space, "delete");
  return undo;
}

/// Back to `revision`; to the one before the newest if it is empty. Where the API server merges,
/// controllers own what they set in a release's objects (istiod: the failurePolicy of its
/// webhooks), and Helm 4 refuses to roll that back. Helm 3, and 4 where it merges by itself, write
/// over it without a word and do not know the flag.
std::vector<std::string> rollback_arguments(const Release& release, const ReleaseState& state,
                                            const Host& host, const std::string& revision) {
  const ReadResult record =
      host.read({{.cluster = release.cluster,
                  .object = record_of(release.name_space, release.name, state.revision),
                  .labels = {},
                  .next = {}}})
          .front();
  if (record.problem) throw Failure(*record.problem);
  std::vector<std::string> arguments{"rollback", release.name};
  if (!revision.empty()) arguments.push_back(revision);
  if (was_applied_by_server(record.object)) arguments.emplace_back("--force-conflicts");
  return arguments;
}

/// Undone by going back to the revision that is there now.
ProgramUndo undo_by_rollback(const DriverRequest& request, const ReleaseState& state,
                             const Host& host) {
  return undo_of(request,
                 rollback_arguments(request.release, state, host, std::to_string(state.revision)));
}

ProgramUndo undo_of_install(const DriverRequest& request, const ReleaseState& state,
                            const Host& host) {
  const std::string& name = request.release.name;
  if (state.revision > 0 && !state.status.empty()) return undo_by_rollback(request, state, host);
  ProgramUndo undo = undo_of(request, {"uninstall", name, "--ignore-not-found"});
  undo.leaves = leftovers_of(request.release);
  return undo;
}

/// Helm's own record of the newest revision has all that it takes to bring the release back.
ProgramUndo undo_of_uninstall(const DriverRequest& request, const ReleaseState& state,
                              const Host& host) {
  ProgramUndo undo = undo_by_rollback(request, state, host);
  undo.restores = {record_of(request.release.name_space, request.release.name, state.revision)};
  undo.needs = rights_of(request.release.name_space, "create");
  return undo;
}

/// "1.31.0" of the chart, as a label may hold it.
std::string chart_label(const Release& release) {
  std::string text = release.chart.name.substr(release.chart.name.rfind('/') + 1);
  if (!release.chart.version.empty()) text += "-" + release.chart.version;
  std::erase_if(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-' && c != '_';
  });
  if (text.size() > 63) text.resize(63);
  while (!text.empty() && std::isalnum(static_cast<unsigned char>(text.back())) == 0)
    text.pop_back();
  return text;
}

Action upgrade_by_helm(const DriverRequest& request, const ReleaseState& state, const Host& host,
                       const std::string& reason) {
  const Release& release = request.release;
  std::vector<std::string> arguments{"upgrade", "--install", release.name};
  const std::vector<std::string> chart = chart_arguments(release.chart);
  arguments.insert(arguments.end(), chart.begin(), chart.end());
  arguments.insert(arguments.end(), {"--values", "-"});
  for (const std::string& file : release.value_files) {
    arguments.insert(arguments.end(), {"--values", file});
  }
  arguments.insert(arguments.end(), {"--labels",
                                     std::string(k_inputs_label) + "=" + release.inputs +
                                         ",kubectl-mesh.dev/chart=" + chart_label(release),
                                     "--history-max", "5"});
  for (const std::string& flag :
       adoption_arguments(request, request.settings.value("adopt", false), host))
    arguments.push_back(flag);
  Action action = helm(request, std::move(arguments), reason, to_text(release.values));
  action.release->chart = release.chart.name;
  action.release->repository = release.chart.repository;
  action.release->version = release.chart.version;
  action.release->value_files = release.value_files;
  action.undo = undo_of_install(request, state, host);
  return action;
}

/// What must come first where an earlier helm was cut off. Refused while that may still be at work.
std::vector<Action> heal(const DriverRequest& request, const ReleaseState& state,
                         const Host& host) {
  const auto now = std::chrono::floor<std::chrono::seconds>(host.now());
  const std::int64_t age = (now - state.changed.value_or(std::chrono::sys_seconds())).count();
  const bool forced = request.settings.value("heal", false);
  if (!forced && age < k_surely_dead) {
    Problem problem;
    problem.code = "refused";
    problem.message = state.cluster + ": release " + state.name + " is " + state.status +
                      " since " + std::to_string(age) +
                      " s: another helm is at work on it, or was killed";
    problem.hint = "wait for it; if it is surely dead, add --heal";
    problem.cluster = state.cluster;
    throw Failure(std::move(problem));
  }
  const bool first = state.status == "pending-install" || state.revision <= 1;
  if (first) {
    return {helm(request, {"uninstall", state.name, "--ignore-not-found"},
                 "an installation of " + state.name + " was cut off")};
  }
  return {helm(request, rollback_arguments(request.release, state, host, ""),
               "an upgrade of " + state.name + " was cut off")};
}

class HelmCli : public HelmDriver {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "helm-driver/1";
    extension.name = "helm";
    extension.summary = "Releases of Helm 3 or 4, by the helm program";
    return extension;
  }

  std::vector<ReleaseState> look(const std::vector<Release>& releases, const Host& host) override {
    std::vector<Read> reads;
    std::map<std::string, std::size_t> where;
    for (const Release& release : releases) {
      const std::string key = release.cluster + "/" + release.name_space;
      if (!where.emplace(key, reads.size()).second) continue;
      reads.push_back({.cluster = release.cluster,
                       .object = {"v1", "Secret", release.name_space, ""},
                       .labels = "owner=helm",
                       .next = {}});
    }
    const std::vector<ReadResult> found = host.read(reads);
    std::vector<ReleaseState> states;
    for (const Release& release : releases) {
      const ReadResult& list = found[where.at(release.cluster + "/" + release.name_space)];
      if (list.problem) throw Failure(*list.problem);
      ReleaseState newest;
      newest.cluster = release.cluster;
      newest.name = release.name;
      for (const Json& secret : items_of(list)) {
        const ReleaseState state = state_of(release.cluster, secret);
        if (state.name == release.name && state.revision >= newest.revision) newest = state;
      }
      states.push_back(std::move(newest));
    }
    return states;
  }

  std::vector<Action> install(const DriverRequest& request, const ReleaseState& state,
                              const Host& host) override {
    const std::string& name = request.release.name;
    if (state.status.starts_with("pending-")) {
      std::vector<Action> actions = heal(request, state, host);
      actions.push_back(upgrade_by_helm(request, state, host, "then again"));
      return actions;
    }
    if (state.status.empty())
      return {upgrade_by_helm(request, state, host, name + " is not installed")};
    if (state.status != "deployed") {
      return {upgrade_by_helm(request, state, host, "its last run ended as " + state.status)};
    }
    if (state.inputs == request.release.inputs) {
      if (!request.complete) return {};
      return {upgrade_by_helm(request, state, host, "it is there as wanted")};
    }
    return {upgrade_by_helm(request, state, host,
                            state.inputs.empty() ? "somebody else's release is taken over"
                                                 : "chart or values have changed")};
  }

  std::vector<Action> uninstall(const DriverRequest& request, const ReleaseState& state,
                                const Host& host) override {
    if (state.status.empty()) return {};
    Action action =
        helm(request, {"uninstall", request.release.name, "--wait"}, "this tool installed it");
    action.undo = undo_of_uninstall(request, state, host);
    return {action};
  }
};

}  // namespace

std::vector<std::string> chart_arguments(const ChartRef& chart) {
  std::vector<std::string> arguments{chart.name};
  if (!chart.repository.empty()) arguments.insert(arguments.end(), {"--repo", chart.repository});
  if (!chart.version.empty()) arguments.insert(arguments.end(), {"--version", chart.version});
  return arguments;
}

ExtensionPtr make_helm_driver() {
  return std::make_unique<HelmCli>();
}

}  // namespace mesh::helm
