#include "waiting.hpp"

#include <algorithm>

#include "mesh/lookup.hpp"

namespace mesh::certs {

namespace {

std::string file_name(const std::string& strategy) {
  return "waiting-" + strategy + ".json";
}

Candidate candidate_in(const Json& entry) {
  const std::string cluster = lookup::text(entry, "/cluster");
  return {cluster, read_key(lookup::text(entry, "/key"), {}, cluster + ": the key that waits"),
          lookup::text(entry, "/csr")};
}

bool is_one_of(const std::vector<std::string>& clusters, const Candidate& candidate) {
  return std::find(clusters.begin(), clusters.end(), candidate.cluster) != clusters.end();
}

}  // namespace

std::optional<Waiting> read_waiting(const Host& host, const std::string& strategy,
                                    const std::string& istio_namespace) {
  const std::optional<std::string> text = host.stored("", file_name(strategy));
  if (!text) return std::nullopt;
  const Json document = parse_json(*text, file_name(strategy));
  Waiting waiting{.token = lookup::text(document, "/token"),
                  .name_space = lookup::text(document, "/namespace"),
                  .candidates = {}};
  if (waiting.token.empty() || waiting.name_space != istio_namespace) return std::nullopt;
  for (const Json& entry : lookup::list(document, "/requests"))
    waiting.candidates.push_back(candidate_in(entry));
  return waiting;
}

Waiting candidates_for(const std::vector<std::string>& wanted,
                       const std::optional<Waiting>& waiting, const std::string& algorithm,
                       const std::string& istio_namespace) {
  Waiting all{.token = {}, .name_space = istio_namespace, .candidates = {}};
  for (const Candidate& one : waiting ? waiting->candidates : std::vector<Candidate>()) {
    if (is_one_of(wanted, one)) all.candidates.push_back(one);
  }
  if (!all.candidates.empty()) all.token = waiting->token;
  std::vector<std::string> others;
  for (const std::string& cluster : wanted) {
    const bool waits = std::any_of(all.candidates.begin(), all.candidates.end(),
                                   [&](const Candidate& one) { return one.cluster == cluster; });
    if (!waits) others.push_back(cluster);
  }
  for (Candidate& made : make_candidates(others, algorithm, istio_namespace))
    all.candidates.push_back(std::move(made));
  return all;
}

Waiting without_clusters(Waiting waiting, const std::vector<std::string>& clusters) {
  std::erase_if(waiting.candidates, [&](const Candidate& one) { return is_one_of(clusters, one); });
  return waiting;
}

Action keep_waiting(const std::string& strategy, const Waiting& waiting) {
  Json document = Json::object();
  if (!waiting.candidates.empty())
    document = {{"token", waiting.token}, {"namespace", waiting.name_space}};
  for (const Candidate& one : waiting.candidates) {
    document["requests"].push_back(
        {{"cluster", one.cluster}, {"csr", one.csr}, {"key", one.key.pem.reveal()}});
  }
  Action action;
  action.type = ActionType::store;
  action.reason = waiting.candidates.empty() ? "no request waits any more"
                                             : "the requests that wait, and their keys";
  action.file = {
      .folder = {}, .name = file_name(strategy), .data = to_text(document), .replace = true};
  return action;
}

}  // namespace mesh::certs
