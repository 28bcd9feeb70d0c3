#include <algorithm>

#include "base/text.hpp"
#include "plugin/service_rows.hpp"

namespace mesh {

namespace {

constexpr const char* k_service = "kube.read/1";
constexpr std::int64_t k_page_max = 500;
constexpr std::size_t k_reads_max = 10'000;

constexpr std::string_view k_letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// These words become parts of a URL: one that could lead elsewhere is refused.
void require_word(const std::string& service, const std::string& text, const std::string& more,
                  const char* field) {
  const std::string allowed = std::string(k_letters) + more;
  const bool climbs = text == "." || text == "..";
  if (text.find_first_not_of(allowed) == std::string::npos && !climbs) return;
  refuse_request(service + ": \"" + text + "\" is no " + field);
}

void require_group_version(const std::string& text) {
  const std::vector<std::string> parts = split(text, '/');
  if (parts.empty() || parts.size() > 2)
    refuse_request("kube.read/1: \"" + text + "\" is no apiVersion");
  for (const std::string& part : parts) {
    if (part.empty()) refuse_request("kube.read/1: \"" + text + "\" is no apiVersion");
    require_word(k_service, part, "-.", "apiVersion");
  }
}

Read read_of(const Json& document) {
  Read read;
  read.cluster = document.at("cluster").get<std::string>();
  read.object = object_ref_from_json(document);
  require_group_version(read.object.api_version);
  require_word(k_service, read.object.kind, "", "kind");
  require_name_space(k_service, read.object.name_space);
  require_object_name(k_service, read.object.name);
  read.labels = document.value("labels", std::string());
  read.limit = std::clamp<std::int64_t>(document.value("limit", k_page_max), 1, k_page_max);
  read.next = document.value("next", std::string());
  read.metadata_only = document.value("metadataOnly", false);
  return read;
}

std::optional<Problem> problem_with(const Read& read, const Caller& caller) {
  std::optional<Problem> problem = no_such_cluster(caller, read.cluster);
  const std::string kind = kind_of(read.object);
  if (!problem) {
    problem = denial(caller.rights, {"use " + kind, "reads", kind},
                     [&](const Needs& needs) { return names(needs.reads, kind); });
  }
  if (problem) {
    problem->cluster = read.cluster;
    problem->object = to_string(read.object);
  }
  return problem;
}

Json to_json(ReadResult&& result) {
  Json document{{"found", result.found}, {"next", std::move(result.next)}};
  document["object"] = std::move(result.object);
  if (result.problem) document["problem"] = ::mesh::to_json(*result.problem);
  return document;
}

}  // namespace

Fleet& fleet_of(const Caller& caller) {
  if (caller.context.fleet != nullptr) return *caller.context.fleet;
  throw Failure("invalid-input", "no cluster is addressed", "name some with --contexts");
}

std::optional<Problem> no_such_cluster(const Caller& caller, const std::string& cluster) {
  const auto& names = fleet_of(caller).names();
  const bool known = std::find(names.begin(), names.end(), cluster) != names.end();
  const auto& asked = caller.rights.clusters;
  if (known && (!asked || asked->contains(cluster))) return std::nullopt;
  Problem problem;
  problem.cluster = cluster;
  problem.code = known ? "refused" : "unknown-context";
  problem.message =
      "cluster \"" + cluster + "\" is not part of this " +
      (known ? "request, so plugin " + caller.rights.plugin().manifest.name + " may not ask it"
             : "run");
  return problem;
}

void require_name_space(const std::string& service, const std::string& text) {
  require_word(service, text, "-.", "namespace");
}

void require_object_name(const std::string& service, const std::string& text) {
  require_word(service, text, "-._:@", "name");
}

Json kube_read(const Caller& caller, const Json& request) {
  Fleet& fleet = fleet_of(caller);
  const Json& wanted = request.at("reads");
  if (!wanted.is_array() || wanted.size() > k_reads_max) {
    refuse_request("kube.read/1: reads is not an array of at most 10000");
  }
  std::vector<ReadResult> results(wanted.size());
  std::vector<Read> reads;
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < wanted.size(); ++at) {
    Read read = read_of(wanted[at]);
    results[at].problem = problem_with(read, caller);
    if (results[at].problem) continue;
    reads.push_back(std::move(read));
    places.push_back(at);
  }
  std::vector<ReadResult> answers = fleet.read(reads);
  for (std::size_t at = 0; at < answers.size(); ++at) {
    results[places[at]] = std::move(answers[at]);
  }
  Json reply{{"results", Json::array()}};
  for (ReadResult& result : results) reply["results"].push_back(to_json(std::move(result)));
  return reply;
}

Json kube_try(const Caller& caller, const Json& request) {
  Fleet& fleet = fleet_of(caller);
  const Json& wanted = request.at("reads");
  std::vector<Read> reads;
  std::vector<std::string> clusters;
  for (const Json& document : wanted) {
    reads.push_back(read_of(document));
    if (const auto problem = problem_with(reads.back(), caller)) throw Failure(*problem);
    clusters.push_back(reads.back().cluster);
  }
  std::vector<Json> answers(reads.size(), Json::object());
  fleet.for_each(clusters, [&](std::size_t at) {
    const std::string token = wanted[at].at("token").get<std::string>();
    std::optional<Problem> problem = fleet.try_as(reads[at], token);
    if (problem) answers[at] = {{"problem", ::mesh::to_json(*problem)}};
    return problem;
  });
  return {{"answers", answers}};
}

Json kube_forget(const Caller& caller, const Json&) {
  Fleet& fleet = fleet_of(caller);
  for (const std::string& cluster : fleet.names()) fleet.forget_all(cluster);
  return Json::object();
}

Json cluster_describe(const Caller& caller, const Json& request) {
  const std::string cluster = request.at("cluster").get<std::string>();
  if (const std::optional<Problem> problem = no_such_cluster(caller, cluster)) {
    throw Failure(*problem);
  }
  const Endpoint& endpoint = fleet_of(caller).access(cluster).endpoint;
  return {{"server", endpoint.server}, {"caPem", endpoint.ca_pem}};
}

Json cluster_versions(const Caller& caller, const Json& request) {
  const auto clusters = request.at("clusters").get<std::vector<std::string>>();
  for (const std::string& cluster : clusters) {
    if (const auto problem = no_such_cluster(caller, cluster)) throw Failure(*problem);
  }
  Fleet& fleet = fleet_of(caller);
  std::vector<Json> versions(clusters.size());
  fleet.for_each(clusters, [&](std::size_t at) -> std::optional<Problem> {
    try {
      versions[at] = {{"version", fleet.client(clusters[at]).version(fleet.deadline())}};
      return std::nullopt;
    } catch (const Failure& failure) {
      versions[at] = {{"problem", ::mesh::to_json(failure.problem())}};
      return failure.problem();
    }
  });
  return {{"versions", versions}};
}

}  // namespace mesh
