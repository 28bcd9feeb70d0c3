#include "verbs.hpp"

namespace mesh::dns {

namespace {

std::string shell_word(const std::string& word) {
  const bool plain = word.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789_./:@,=+-") == std::string::npos;
  return plain || word.find('\'') != std::string::npos ? word : "'" + word + "'";
}

}  // namespace

Action prove_action(const CommandRequest& request, const std::string& cluster, Json options) {
  const std::string name_space = options.value("istio-namespace", std::string("istio-system"));
  Action action;
  action.type = ActionType::prove;
  action.cluster = cluster;
  action.extension = "command/1:dns";
  action.verb = "verify";
  action.request = {{"clusters", Json::array({cluster})},
                    {"options", std::move(options)},
                    {"settings", request.settings},
                    {"mesh", to_json(request.mesh)}};
  // The cluster's DNS pods, and those of the mesh's own name server.
  action.needs = {{"create", {"v1", "Pod", "kube-system", ""}, "portforward"},
                  {"create", {"v1", "Pod", name_space, ""}, "portforward"}};
  return action;
}

std::string next_command(const CommandRequest& request, const std::string& verb,
                         const std::string& what_for) {
  std::string names;
  for (const std::string& cluster : request.clusters) names += (names.empty() ? "" : ",") + cluster;
  return "kubectl mesh dns " + verb + " --contexts " + shell_word(names) + "  # " + what_for;
}

void refuse_unread(Plan& plan, const std::vector<ClusterFacts>& all) {
  for (const ClusterFacts& facts : all) {
    if (facts.problem) plan.refusals.push_back(*facts.problem);
  }
}

}  // namespace mesh::dns
