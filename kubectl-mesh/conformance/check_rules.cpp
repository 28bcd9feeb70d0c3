#include <algorithm>
#include <set>

#include "conformance/candidate.hpp"

#include "mesh/lookup.hpp"

// check/1: rows that people read and scripts match.

namespace mesh::conformance {

namespace {

constexpr std::string_view k_letters = "abcdefghijklmnopqrstuvwxyz0123456789-";

Verdict each_finding(const Subject& subject,
                     const std::function<std::string(const Ask&, const Json& finding)>& judge) {
  return each_ask(subject, "check/1", [&](Candidate& candidate, const Ask& ask) -> std::string {
    const Reply reply = candidate.answer(ask);
    if (reply.code != MESH_OK) return {};
    const Json report = parse_json(reply.text, "its reply");
    for (const Json& finding : lookup::list(report, "/items")) {
      const std::string objection = judge(ask, finding);
      if (!objection.empty()) return lookup::text(finding, "/id") + ": " + objection;
    }
    return {};
  });
}

bool is_id(const std::string& id) {
  const std::size_t slash = id.find('/');
  const auto plain = [](std::string_view word) {
    return !word.empty() && word.find_first_not_of(k_letters) == std::string_view::npos;
  };
  return slash != std::string::npos && plain(id.substr(0, slash)) && plain(id.substr(slash + 1));
}

Verdict has_stable_ids(const Subject& subject) {
  return each_finding(subject, [](const Ask&, const Json& finding) {
    return is_id(lookup::text(finding, "/id")) ? "" : "the id is not of the form concern/check";
  });
}

Verdict is_of_the_request(const Subject& subject) {
  return each_finding(subject, [](const Ask& ask, const Json& finding) {
    const Json& asked = ask.request.at("clusters");
    const std::string cluster = lookup::text(finding, "/cluster");
    const bool named = std::find(asked.begin(), asked.end(), cluster) != asked.end();
    return cluster == "*" || cluster.empty() || named ? "" : "its cluster is not in the request";
  });
}

Verdict tells_what_to_do(const Subject& subject) {
  return each_finding(subject, [](const Ask&, const Json& finding) {
    const bool fails = lookup::text(finding, "/severity") == to_string(Severity::failure);
    return fails && lookup::text(finding, "/fix").empty() ? "it failed and says no fix" : "";
  });
}

/// With no cluster to look at there is nothing that could fail.
Verdict needs_a_cluster(const Subject& subject) {
  return each_ask(subject, "check/1", [](Candidate& candidate, const Ask& ask) -> std::string {
    Ask none = ask;
    none.request["clusters"] = Json::array();
    const Reply reply = candidate.answer(none);
    if (reply.code != MESH_OK) return {};
    return parse_json(reply.text, "its reply").value("failed", false) ? "without a cluster it fails"
                                                                      : "";
  });
}

}  // namespace

const std::vector<Rule>& check_rules() {
  static const std::vector<Rule> rules{
      {"check/ids", "each finding has an id of the form concern/check",
       "scripts and documents refer to it for years",
       "use small letters, digits and -: certs/chain-verifies", has_stable_ids},
      {"check/clusters", "each finding is about a cluster of the request, or about all (*)",
       "an operator asked about these", "take the clusters from the request", is_of_the_request},
      {"check/fix", "what fails says how to mend it", "else it is a riddle",
       "fill the field fix with what to do or type", tells_what_to_do},
      {"check/no-cluster", "without a cluster nothing fails",
       "the exit status of `verify` stops deployments", "judge only what you have seen",
       needs_a_cluster},
  };
  return rules;
}

}  // namespace mesh::conformance
