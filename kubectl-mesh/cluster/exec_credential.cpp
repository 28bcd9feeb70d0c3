#include "cluster/exec_credential.hpp"

#include <algorithm>
#include <ctime>
#include <map>
#include <mutex>
#include <unistd.h>
#include <vector>

#include "base/process.hpp"
#include "base/text.hpp"
#include "base/utc.hpp"
#include "cluster/credential_policy.hpp"
#include "mesh/base64.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

constexpr const char* k_v1 = "client.authentication.k8s.io/v1";
constexpr const char* k_v1beta1 = "client.authentication.k8s.io/v1beta1";
constexpr std::chrono::seconds k_patience{60};

[[noreturn]] void fail(const ExecConfig& config, const std::string& what, std::string hint = {}) {
  if (hint.empty()) {
    std::vector<std::string> words{config.command};
    words.insert(words.end(), config.arguments.begin(), config.arguments.end());
    hint = "try it alone: " + join(words, " ");
  }
  throw Failure("credential", "login command \"" + config.command + "\" " + what, hint);
}

void check_config(const ExecConfig& config) {
  if (config.api_version != k_v1 && config.api_version != k_v1beta1) {
    fail(config, "wants apiVersion \"" + config.api_version + "\"; v1 and v1beta1 are supported",
         "update it, then write its kubeconfig entry anew");
  }
  if (config.command.empty()) fail(config, "is empty", "set users[].user.exec.command");
  if (config.api_version == k_v1 && config.interactive_mode.empty()) {
    fail(config, "has no interactiveMode, which v1 requires",
         "add interactiveMode: Never, IfAvailable or Always to its kubeconfig entry");
  }
}

/// Whether it may talk to the operator, by its own wish and by what there is.
bool interactive(const ExecConfig& config) {
  const bool terminal = ::isatty(STDIN_FILENO) == 1;
  if (config.interactive_mode == "Always" && !terminal) {
    fail(config, "must ask on a terminal, and there is none",
         "log in beforehand, or run this in a terminal");
  }
  return terminal && config.interactive_mode != "Never";
}

CommandLine command_line(const ExecConfig& config, const std::string& cluster_info, bool ask) {
  Json info{{"apiVersion", config.api_version},
            {"kind", "ExecCredential"},
            {"spec", {{"interactive", ask}}}};
  if (config.provide_cluster_info) {
    info["spec"]["cluster"] = parse_json(cluster_info, "cluster information");
  }
  CommandLine command;
  command.program = config.command;
  command.arguments = config.arguments;
  command.environment = current_environment();
  // Set by us to keep the HTTP library from parsing the system's bundle; the child has its own
  // needs.
  restore_trust_environment(command.environment);
  for (const auto& [name, value] : config.environment) command.environment[name] = value;
  command.environment["KUBERNETES_EXEC_INFO"] = to_text(info);
  command.interactive = ask;
  return command;
}

void check_end(const ExecConfig& config, const ProcessResult& result,
               std::chrono::milliseconds patience) {
  using End = ProcessResult::End;
  const std::string said = escape_terminal(result.errors.substr(0, 2000), true);
  switch (result.end) {
    case End::not_found:
      fail(config, "was not found", config.install_hint);
    case End::timed_out:
      fail(config, "gave no answer in " + seconds_text(patience));
    case End::cancelled:
      throw Failure("cancelled", "interrupted while logging in");
    case End::output_too_long:
      fail(config, "printed more than 1 MiB");
    case End::signalled:
      fail(config, "was ended by signal " + std::to_string(result.status) +
                       (said.empty() ? "" : ": " + said));
    case End::exited:
      if (result.status != 0) {
        fail(config, "failed with status " + std::to_string(result.status) +
                         (said.empty() ? "" : ": " + said));
      }
  }
}

std::chrono::system_clock::time_point parse_time(const ExecConfig& config,
                                                 const std::string& text) {
  const std::optional<UtcText> read = read_utc(text, k_rfc3339);
  if (!read) fail(config, "gave an expirationTimestamp that is no RFC 3339 time");
  const char* end = read->rest.data();
  std::chrono::seconds offset{0};
  if (*end == '.') end += 1 + std::string_view(end + 1).find_first_not_of("0123456789");
  int hours = 0;
  int minutes = 0;
  if ((*end == '+' || *end == '-') && std::sscanf(end + 1, "%2d:%2d", &hours, &minutes) == 2) {
    offset = (*end == '+' ? 1 : -1) * (std::chrono::hours(hours) + std::chrono::minutes(minutes));
  }
  return read->moment - offset;
}

ExecLoginResult read_answer(const ExecConfig& config, const std::string& output) {
  Json answer;
  try {
    answer = parse_json(output, "its output");
  } catch (const Failure&) {
    fail(config, "did not print an ExecCredential");  // the output may hold a token: never shown
  }
  if (!answer.is_object()) fail(config, "did not print an ExecCredential");
  const auto text = [&](const char* pointer) {
    const Json value = answer.value(Json::json_pointer(pointer), Json());
    return value.is_string() ? value.get<std::string>() : std::string();
  };
  if (text("/kind") != "ExecCredential") fail(config, "did not print an ExecCredential");
  if (text("/apiVersion") != config.api_version) {
    fail(config, "answered in " + escape_terminal(text("/apiVersion")) + ", asked for " +
                     config.api_version);
  }
  ExecLoginResult login;
  const std::string token = text("/status/token");
  login.credential.client_certificate_pem = text("/status/clientCertificateData");
  login.credential.client_key_pem = text("/status/clientKeyData");
  if (!token.empty()) login.credential.authorization = "Bearer " + token;
  if (login.credential.client_certificate_pem.empty() != login.credential.client_key_pem.empty()) {
    fail(config, "gave a client certificate without its key, or the other way round");
  }
  if (token.empty() && login.credential.client_key_pem.empty()) {
    fail(config, "gave neither a token nor a client certificate");
  }
  const std::string expires = text("/status/expirationTimestamp");
  login.expires =
      expires.empty() ? std::chrono::system_clock::time_point::max() : parse_time(config, expires);
  return login;
}

std::mutex& mutex_of(const std::string& command) {
  static std::mutex guard;
  static std::map<std::string, std::mutex> mutexes;
  const std::scoped_lock lock(guard);
  return mutexes[command];
}

}  // namespace

std::string exec_cluster_info(const ClusterEntry& cluster, const Endpoint& endpoint) {
  Json info{{"server", endpoint.server}};
  if (!cluster.tls_server_name.empty()) info["tls-server-name"] = cluster.tls_server_name;
  if (endpoint.insecure) info["insecure-skip-tls-verify"] = true;
  if (!endpoint.ca_pem.empty()) {
    info["certificate-authority-data"] = base64_encode(endpoint.ca_pem);
  }
  if (!cluster.proxy_url.empty()) info["proxy-url"] = cluster.proxy_url;
  if (!cluster.exec_extension.empty()) {
    info["config"] = parse_json(cluster.exec_extension, "the exec extension");
  }
  return to_text(info);
}

ExecLoginResult run_exec_plugin(const ExecConfig& config, const std::string& cluster_info,
                                Deadline deadline) {
  check_config(config);
  require_allowed(config.command);
  const bool ask = interactive(config);
  // Taken before it is this one's turn: waiting for another cluster's login is not held against it.
  const auto patience = std::min<std::chrono::milliseconds>(k_patience, deadline.left());
  const std::scoped_lock lock(mutex_of(config.command));
  const ProcessResult result = run_process(command_line(config, cluster_info, ask),
                                           ask ? Deadline::never() : Deadline::in(patience));
  check_end(config, result, patience);
  return read_answer(config, result.output);
}

}  // namespace mesh
