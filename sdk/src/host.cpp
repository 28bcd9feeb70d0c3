#include "mesh/host.hpp"

#include "text.hpp"

#include "mesh/base64.hpp"
#include "mesh/time.hpp"

namespace mesh {

namespace {

Json to_json(const Read& read) {
  Json document = ::mesh::to_json(read.object);
  document["cluster"] = read.cluster;
  if (read.object.name.empty()) {
    document["labels"] = read.labels;
    document["limit"] = read.limit;
    document["next"] = read.next;
    if (read.metadata_only) document["metadataOnly"] = true;
  }
  return document;
}

ReadResult read_result(Json&& document) {
  ReadResult result;
  result.found = document.value("found", false);
  if (document.contains("object")) result.object = std::move(document["object"]);
  result.next = document.value("next", std::string());
  if (document.contains("problem")) result.problem = problem_from_json(document["problem"]);
  return result;
}

Json to_json(const PodAsk& ask) {
  Json document{{"cluster", ask.cluster},
                {"namespace", ask.name_space},
                {"pod", ask.pod},
                {"port", ask.port},
                {"seconds", ask.seconds}};
  if (ask.path.empty()) {
    document["frame"] = base64_encode(ask.frame);
  } else {
    document["path"] = ask.path;
  }
  return document;
}

PodAnswer pod_answer(const Json& document) {
  PodAnswer answer;
  answer.status = document.value("status", 0);
  answer.bytes = document.contains("frame") ? base64_decode(document["frame"].get<std::string>())
                                            : document.value("body", std::string());
  if (document.contains("problem")) answer.problem = problem_from_json(document["problem"]);
  return answer;
}

}  // namespace

Json Host::call(std::string_view service, std::string_view verb, const Json& request) const {
  const std::string sent = to_text(request);
  std::string reply;
  const mesh_sink sink = detail::sink_of(reply);
  const std::int32_t code = m_host->call(m_host->ctx, detail::text_of(service),
                                         detail::text_of(verb), detail::text_of(sent), &sink);
  const std::string what = std::string(service) + " " + std::string(verb);
  switch (code) {
    case MESH_OK:
      return parse_json(reply, "the answer of " + what);
    case MESH_UNSUPPORTED:
      throw Failure("unsupported", "this host does not offer " + what,
                    "a newer kubectl mesh may offer it");
    case MESH_CANCELLED:
      throw Failure("cancelled", what + " was cancelled");
    case MESH_TOO_LARGE:
      throw Failure("too-large", "the answer of " + what + " is larger than " +
                                     std::to_string(MESH_DOCUMENT_MAX >> 20U) + " MiB");
    default:
      throw Failure(problem_from_json(parse_json(reply, "the problem of " + what)));
  }
}

std::vector<ReadResult> Host::read(const std::vector<Read>& reads) const {
  Json request{{"reads", Json::array()}};
  for (const Read& read : reads) request["reads"].push_back(to_json(read));
  Json reply = call("kube.read/1", "read", request);
  std::vector<ReadResult> results;
  for (Json& document : reply.at("results")) results.push_back(read_result(std::move(document)));
  if (results.size() != reads.size()) {
    throw Failure("invalid-document", "kube.read/1 answered another number of results");
  }
  return results;
}

ClusterEndpoint Host::describe(const std::string& cluster) const {
  const Json reply = call("cluster/1", "describe", {{"cluster", cluster}});
  return {.server = reply.at("server").get<std::string>(),
          .ca = reply.value("caPem", std::string())};
}

std::vector<PodAnswer> Host::ask_pods(const std::vector<PodAsk>& asks) const {
  Json request{{"asks", Json::array()}};
  for (const PodAsk& ask : asks) request["asks"].push_back(to_json(ask));
  const Json reply = call("pod/1", "ask", request);
  std::vector<PodAnswer> answers;
  for (const Json& document : reply.at("results")) answers.push_back(pod_answer(document));
  if (answers.size() != asks.size()) {
    throw Failure("invalid-document", "pod/1 answered another number of results");
  }
  return answers;
}

TlsSight Host::probe(const TlsProbe& probe) const {
  const Json reply = call("tls/1", "probe",
                          {{"address", probe.address},
                           {"port", probe.port},
                           {"serverName", probe.server_name},
                           {"alpn", probe.alpn},
                           {"seconds", probe.seconds}});
  TlsSight sight;
  sight.chain = reply.at("chain").get<std::vector<std::string>>();
  if (reply.contains("problem")) sight.problem = problem_from_json(reply["problem"]);
  return sight;
}

ProgramEnd Host::run_program(const std::string& program, const std::vector<std::string>& arguments,
                             const std::string& input, std::int64_t seconds) const {
  const Json reply = call(
      "program/1", "run",
      {{"program", program}, {"arguments", arguments}, {"input", input}, {"seconds", seconds}});
  return {.status = reply.at("status").get<int>(),
          .output = reply.at("output").get<std::string>(),
          .errors = reply.at("errors").get<std::string>()};
}

std::vector<Json> Host::parse_yaml(const std::string& text, const std::string& what) const {
  const Json reply = call("yaml/1", "parse", {{"text", text}, {"what", what}});
  return reply.at("documents").get<std::vector<Json>>();
}

std::vector<ExtensionEntry> Host::extensions(std::string_view point) const {
  const Json reply = call("catalogue/1", "list", {{"point", point}});
  std::vector<ExtensionEntry> entries;
  for (const Json& document : reply.at("extensions")) {
    entries.push_back({.address = document.at("address").get<std::string>(),
                       .name = document.at("name").get<std::string>(),
                       .summary = document.value("summary", std::string()),
                       .abilities = document.value("abilities", std::vector<std::string>())});
  }
  return entries;
}

std::chrono::system_clock::time_point Host::now() const {
  const Json reply = call("clock/1", "now", Json::object());
  const auto time = read_time(reply.at("time").get<std::string>());
  if (!time) throw Failure("invalid-document", "clock/1 answered a time that is not RFC 3339");
  return *time;
}

std::string Host::random(std::size_t bytes) const {
  const Json reply = call("random/1", "bytes", {{"count", bytes}});
  const auto values = reply.at("bytes").get<std::vector<std::uint8_t>>();
  return {values.begin(), values.end()};
}

std::optional<std::string> Host::stored(const std::string& folder, const std::string& name) const {
  const Json reply = call("store/1", "get", {{"folder", folder}, {"name", name}});
  if (!reply.value("found", false)) return std::nullopt;
  return reply.at("data").get<std::string>();
}

std::string Host::secret(const SecretQuestion& question) const {
  Json request{{"question", question.question}};
  if (question.confirm) request["confirm"] = true;
  if (!question.instead.empty()) request["instead"] = question.instead;
  return call("operator/1", "secret", request).at("answer").get<std::string>();
}

// Talk must never fail the work that it is about.
void Host::log(std::string_view level, std::string_view text) const try {
  call("log/1", "write", {{"level", level}, {"text", text}});
} catch (const Failure&) {
}

void Host::progress(std::string_view cluster, std::string_view text) const try {
  call("progress/1", "step", {{"cluster", cluster}, {"text", text}});
} catch (const Failure&) {
}

bool Host::cancelled() const {
  return m_host->cancelled(m_host->ctx) != 0;
}

}  // namespace mesh
