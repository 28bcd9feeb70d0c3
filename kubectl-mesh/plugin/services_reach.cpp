#include <algorithm>

#include "base/process.hpp"
#include "kube/pod_stream.hpp"
#include "kube/tls_chain.hpp"
#include "kube/tls_probe.hpp"
#include "mesh/base64.hpp"
#include "plugin/service_rows.hpp"

// What reaches beyond the API server's objects: into pods, to a gateway, to a program here.

namespace mesh {

namespace {

constexpr std::size_t k_asks_max = 1000;
constexpr std::int64_t k_seconds_max = 60;
constexpr std::int64_t k_program_seconds_max = 600;
constexpr std::size_t k_output_max = std::size_t{32} << 20U;

struct Ask {
  std::string cluster;
  PodPort where;
  std::string path, frame;
  std::int64_t seconds = 5;
};

std::int64_t seconds_of(const Json& document, std::int64_t fallback, std::int64_t most) {
  return std::clamp<std::int64_t>(document.value("seconds", fallback), 1, most);
}

int port_of(const Json& document) {
  const auto port = document.at("port").get<std::int64_t>();
  if (port < 1 || port > 65535) refuse_request("port is not 1 to 65535");
  return static_cast<int>(port);
}

Ask ask_of(const Json& document) {
  Ask ask;
  ask.cluster = document.at("cluster").get<std::string>();
  ask.where = {.name_space = document.at("namespace").get<std::string>(),
               .pod = document.at("pod").get<std::string>(),
               .port = port_of(document)};
  require_name_space("pod/1", ask.where.name_space);
  require_object_name("pod/1", ask.where.pod);
  ask.path = document.value("path", std::string());
  if (ask.path.find_first_of(" \r\n") != std::string::npos)
    refuse_request("pod/1: path has a space");
  if (document.contains("frame")) ask.frame = base64_decode(document["frame"].get<std::string>());
  if (ask.frame.size() > 0xffff) refuse_request("pod/1: a frame has at most 65535 bytes");
  ask.seconds = seconds_of(document, ask.seconds, k_seconds_max);
  return ask;
}

Json answer(const Ask& ask, const Access& access, Deadline deadline) try {
  if (!ask.path.empty()) {
    const PodReply reply = pod_get(access, ask.where, ask.path, deadline);
    return {{"status", reply.status}, {"body", reply.bytes}};
  }
  return {{"frame", base64_encode(pod_frame(access, ask.where, ask.frame, deadline).bytes)}};
} catch (const Failure& failure) {
  Problem problem = failure.problem();
  problem.cluster = ask.cluster;
  return {{"problem", to_json(problem)}};
}

}  // namespace

Json pod_ask(const Caller& caller, const Json& request) {
  const Json& wanted = request.at("asks");
  if (!wanted.is_array() || wanted.size() > k_asks_max) {
    refuse_request("pod/1: asks is not an array of at most 1000");
  }
  if (const auto problem = denial(caller.rights, {"use pod/1", "pods"},
                                  [](const Needs& needs) { return needs.pods; }))
    throw Failure(*problem);
  Fleet& fleet = fleet_of(caller);
  std::vector<Ask> asks;
  std::vector<std::string> clusters;
  for (const Json& document : wanted) {
    asks.push_back(ask_of(document));
    clusters.push_back(asks.back().cluster);
    if (const auto problem = no_such_cluster(caller, clusters.back())) throw Failure(*problem);
  }
  std::vector<Json> results(asks.size());
  fleet.for_each(clusters, [&](std::size_t at) -> std::optional<Problem> {
    const Deadline deadline =
        fleet.deadline().sooner(Deadline::in(std::chrono::seconds(asks[at].seconds)));
    results[at] = answer(asks[at], fleet.access(clusters[at]), deadline);
    return std::nullopt;  // one silent pod says nothing about the next
  });
  return {{"results", results}};
}

Json tls_probe(const Caller& caller, const Json& request) try {
  if (const auto problem = denial(caller.rights, {"use tls/1", "network"},
                                  [](const Needs& needs) { return needs.network; }))
    throw Failure(*problem);
  const std::vector<std::string> chain =
      probe_tls(request.at("address").get<std::string>(), port_of(request),
                request.at("serverName").get<std::string>(), request.value("alpn", std::string()),
                Deadline::in(std::chrono::seconds(seconds_of(request, 5, k_seconds_max))));
  Json faults = Json::array();
  for (const Json& roots : request.value("roots", Json::array()))
    faults.push_back(chain.empty() ? "" : chain_fault(chain, roots.get<std::string>()));
  return {{"chain", chain}, {"faults", faults}};
} catch (const Failure& failure) {
  const std::string code = failure.problem().code;
  if (code != "unreachable" && code != "deadline") throw;
  return {{"chain", Json::array()}, {"problem", to_json(failure.problem())}};
}

Json program_run(const Caller& caller, const Json& request) {
  CommandLine command;
  command.program = request.at("program").get<std::string>();
  require_program(caller.rights, command.program);
  command.arguments = request.value("arguments", std::vector<std::string>());
  command.input = request.value("input", std::string());
  command.environment = environment_of_children();
  command.output_limit = k_output_max;
  const std::int64_t seconds = seconds_of(request, 30, k_program_seconds_max);
  const ProcessResult result = run_process(command, Deadline::in(std::chrono::seconds(seconds)));
  require_ended(result, command.program, seconds);
  return {{"status", result.status}, {"output", result.output}, {"errors", result.errors}};
}

}  // namespace mesh
