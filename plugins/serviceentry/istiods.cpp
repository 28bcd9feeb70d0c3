#include "istiods.hpp"

#include <array>
#include <chrono>
#include <thread>

#include "mesh/lookup.hpp"
#include "mesh/verb_rows.hpp"

namespace mesh::serviceentry {

namespace {

constexpr int k_istiod_debug = 15014;
// istiod serves what it had from a changed secret on for 30 s (PILOT_REMOTE_CLUSTER_TIMEOUT): an
// address that does not work is taken back before that, and no call is lost.
constexpr std::int64_t k_changed_seconds = 20;
constexpr std::int64_t k_new_seconds = 60;
// Until its informer has brought the changed secret, istiod still says "synced" of the old one.
constexpr std::chrono::seconds k_informer_delay{2};

std::string tag_of(const Json& pod) {
  const std::string image = lookup::text(pod, "/spec/containers/0/image");
  const std::size_t colon = image.rfind(':');
  return colon == std::string::npos || image.find('/', colon) != std::string::npos
             ? ""
             : image.substr(colon + 1);
}

Heard heard(const std::string& pod, const PodAnswer& answer) {
  if (answer.problem) return {.pod = pod, .document = {}, .why = answer.problem->message};
  if (answer.status != 200)
    return {
        .pod = pod, .document = {}, .why = "istiod answered HTTP " + std::to_string(answer.status)};
  Json document = json_or_null(answer.bytes);
  if (document.is_null()) return {.pod = pod, .document = {}, .why = "istiod answered no JSON"};
  return {.pod = pod, .document = std::move(document), .why = {}};
}

Finding finding_of(const std::string& cluster, const std::string& name) {
  return {.id = "serviceentry/registries-synced",
          .cluster = cluster,
          .severity = Severity::pass,
          .title = "istiod reaches the API server of " + name,
          .evidence = {},
          .fix = {}};
}

/// What has been heard once. Who may not forward ports cannot prove it, and has not failed.
std::vector<Finding> judged(const Host& host, const std::string& cluster,
                            const std::string& istio_namespace, const Json& reach) {
  std::vector<DebugAsk> asks{{k_clusterz}};
  ask_istiods(host, running_istiods(host, {cluster}, istio_namespace), istio_namespace, asks);
  const std::vector<Heard>& all = asks.front().answers[cluster];
  std::vector<Finding> findings;
  for (const auto& [name, server] : reach.items()) {
    Finding finding = finding_of(cluster, name);
    if (all.empty()) {
      finding.severity = Severity::skipped;
      finding.evidence = "no istiod runs";
    }
    for (const Heard& one : all) {
      const std::string status = sync_status(one.document, name);
      if (!one.why.empty()) {
        finding.severity = Severity::skipped;
        finding.evidence = one.why;
      } else if (status != "synced") {
        finding.severity = Severity::failure;
        finding.evidence = one.pod + " says " +
                           (status.empty() ? "nothing" : "\"" + status + "\"") + " of " + name +
                           " at " + server.get<std::string>();
        finding.fix = "--api-server " + name + "=https://HOST:PORT, where pods of " + cluster +
                      " reach it; istiod's log says why it does not. Restart istiod before the "
                      "next change: it may "
                      "not take one after an address that it has given up";
        break;
      }
    }
    findings.push_back(std::move(finding));
  }
  return findings;
}

bool fails(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings) {
    if (finding.severity == Severity::failure) return true;
  }
  return false;
}

}  // namespace

std::map<std::string, std::vector<IstiodPod>> running_istiods(
    const Host& host, const std::vector<std::string>& clusters,
    const std::string& istio_namespace) {
  std::vector<Read> reads;
  for (const std::string& cluster : clusters)
    reads.push_back(lookup::list_of(cluster, "v1", "Pod", istio_namespace, "app=istiod"));
  std::map<std::string, std::vector<IstiodPod>> pods;
  lookup::each_page(host, reads, [&](std::size_t at, const Json& items) {
    for (const Json& pod : items) {
      const bool runs = lookup::text(pod, "/status/phase") == "Running" &&
                        lookup::text(pod, "/metadata/deletionTimestamp").empty();
      if (runs)
        pods[reads[at].cluster].push_back({lookup::text(pod, "/metadata/name"), tag_of(pod)});
    }
  });
  return pods;
}

void ask_istiods(const Host& host, const std::map<std::string, std::vector<IstiodPod>>& pods,
                 const std::string& istio_namespace, std::vector<DebugAsk>& asks) {
  std::vector<PodAsk> questions;
  std::vector<Heard*> places;
  for (const auto& [cluster, list] : pods) {
    for (DebugAsk& ask : asks) ask.answers[cluster].resize(list.size());
    for (std::size_t at = 0; at < list.size(); ++at) {
      for (DebugAsk& ask : asks) {
        questions.push_back({.cluster = cluster,
                             .name_space = istio_namespace,
                             .pod = list[at].name,
                             .port = k_istiod_debug,
                             .path = ask.path,
                             .frame = {}});
        places.push_back(&ask.answers[cluster][at]);
      }
    }
  }
  if (questions.empty()) return;
  try {
    const std::vector<PodAnswer> answers = host.ask_pods(questions);
    for (std::size_t at = 0; at < answers.size(); ++at)
      *places[at] = heard(questions[at].pod, answers[at]);
  } catch (const Failure& failure) {
    for (std::size_t at = 0; at < places.size(); ++at)
      *places[at] = {.pod = questions[at].pod, .document = {}, .why = failure.problem().message};
  }
}

std::string sync_status(const Json& clusterz, const std::string& cluster_name) {
  for (const Json& entry : lookup::list(clusterz, "")) {
    if (lookup::text(entry, "/id") == cluster_name) return lookup::text(entry, "/syncStatus");
  }
  return "";
}

Report reached(const CommandRequest& request, const std::string& istio_namespace,
               const Host& host) {
  const Json& reach = request.options.at("reach");
  const std::string& cluster = request.clusters.at(0);
  std::vector<Finding> findings = judged(host, cluster, istio_namespace, reach);
  if (request.flag("changed") && !fails(findings)) {
    std::this_thread::sleep_for(k_informer_delay);
    findings = judged(host, cluster, istio_namespace, reach);
  }
  for (const Finding& finding : findings) {
    if (finding.severity == Severity::skipped)
      host.log("warning", cluster +
                              ": whether its istiod reaches the other API servers is not "
                              "known: " +
                              finding.evidence);
  }
  return report_of(findings);
}

Action reach_proof(const std::string& observer, const std::string& istio_namespace,
                   const Json& reach, bool changed) {
  Action action;
  action.type = ActionType::prove;
  action.cluster = observer;
  action.extension = "command/1:serviceentry";
  action.verb = "verify";
  action.request = {
      {"clusters", Json::array({observer})},
      {"options", {{"reach", reach}, {"changed", changed}, {"istio-namespace", istio_namespace}}},
      {"settings", Json::object()},
      {"mesh", to_json(MeshView())}};
  action.seconds = changed ? k_changed_seconds : k_new_seconds;
  action.revert = true;
  action.reason = "its istiod reaches the API servers of the other clusters";
  return action;
}

}  // namespace mesh::serviceentry
