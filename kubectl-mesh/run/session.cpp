#include "run/session.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>
#include <unistd.h>

#include "run/assignments.hpp"
#include "run/clocks.hpp"
#include "run/cluster_names.hpp"

#include "base/files.hpp"
#include "base/paths.hpp"
#include "base/secret_values.hpp"
#include "base/text.hpp"
#include "cli/ask_secret.hpp"
#include "cli/progress.hpp"
#include "cluster/selection.hpp"
#include "kube/request_log.hpp"
#include "plugin/secret_settings.hpp"
#include "plugin/services.hpp"
#include "plugin/settings.hpp"

namespace mesh {

/// The mouth of a session: progress while it works, log lines in between. Called from many threads.
struct Session::Talk {
  explicit Talk(const Style& style, int verbosity)
      : progress(style, verbosity), m_verbosity(verbosity) {}

  void log(const std::string& level, const std::string& text) {
    if (level == "debug" && m_verbosity < 4) return;
    progress.line(level == "warning" ? "warning: " + text : text);
  }

  Progress progress;

 private:
  int m_verbosity;
};

namespace {

constexpr std::chrono::milliseconds k_request_timeout{70'000};

void warn_of_insecure(const std::vector<Fleet::Member>& members) {
  for (const Fleet::Member& member : members) {
    if (!member.access.endpoint.insecure) continue;
    tell("warning: " + member.name +
         ": the server's certificate is NOT verified (insecure-skip-tls-verify); anybody on the "
         "way can read and change everything\n");
  }
}

/// Which contexts are meant: the command line first, then mesh.yaml, then the current context.
std::vector<Fleet::Member> members_of(const Invocation& invocation, const MeshFile& file,
                                      const Kubeconfig& config) {
  const bool named = !invocation.contexts.empty() || !invocation.context.empty();
  std::vector<std::string> of_file;
  for (const Member& member : file.mesh.members) of_file.push_back(member.context);
  // Who names a file does not mean the current context.
  if (invocation.file && !named && of_file.empty()) {
    throw Failure("invalid-input", invocation.file->string() + ": names no clusters",
                  "write `clusters: [{context: NAME}, ...]`, or add --contexts a,b");
  }
  if (!named && of_file.empty() && config.contexts.empty()) {
    if (const std::optional<Access> access = in_cluster_access(invocation.access)) {
      return {{"in-cluster", *access}};
    }
  }
  const std::vector<std::string> contexts =
      select_contexts(config, named ? invocation.contexts : of_file, invocation.context);
  std::vector<Fleet::Member> members;
  for (const std::string& context : contexts) {
    members.push_back({context, resolve_access(config, context, invocation.access)});
  }
  return members;
}

/// The members as this run addresses them; who is not in the file gets the usual names.
MeshView view_of(const MeshFile& file, const std::vector<std::string>& contexts) {
  MeshView view = file.mesh;
  view.members.clear();
  const std::vector<std::string> names = default_cluster_names(contexts);
  for (std::size_t at = 0; at < contexts.size(); ++at) {
    const auto known =
        std::find_if(file.mesh.members.begin(), file.mesh.members.end(),
                     [&](const Member& member) { return member.context == contexts[at]; });
    view.members.push_back(
        known != file.mesh.members.end() ? *known : Member{contexts[at], names[at], names[at]});
  }
  return view;
}

}  // namespace

Kubeconfig read_kubeconfig(const Invocation& invocation) {
  Kubeconfig config = load_kubeconfig(invocation.kubeconfig);
  for (const std::string& warning : config.warnings) tell("warning: " + warning + "\n");
  return config;
}

Session::Session(const Invocation& invocation, const Catalogue& catalogue)
    : Session(invocation, catalogue, read_kubeconfig(invocation)) {}

Session::Session(const Invocation& invocation, const Catalogue& catalogue, const Kubeconfig& config)
    : m_invocation(invocation),
      m_catalogue(catalogue),
      m_style(style_of(invocation)),
      m_deadline(invocation.timeout.count() > 0 ? Deadline::in(invocation.timeout)
                                                : Deadline::never()),
      m_sections(sections_of(catalogue)),
      m_talk(std::make_unique<Talk>(m_style, invocation.verbosity)) {
  if (invocation.file) m_file = load_mesh_file(*invocation.file, m_sections);
  std::vector<Fleet::Member> members = members_of(invocation, m_file, config);
  warn_of_insecure(members);
  set_request_log(invocation.verbosity,
                  [talk = m_talk.get()](const std::string& line) { talk->progress.line(line); });

  const std::chrono::milliseconds timeout =
      invocation.request_timeout.count() > 0 ? invocation.request_timeout : k_request_timeout;
  TransportLimits limits;
  limits.run = m_deadline;
  limits.request = timeout;
  limits.connect = std::min(limits.connect, timeout);
  m_fleet = std::make_unique<Fleet>(std::move(members), limits, timeout);
  m_mesh = view_of(m_file, m_fleet->names());

  ServiceContext services;
  services.fleet = m_fleet.get();
  services.catalogue = &m_catalogue;
  services.plugin_data = store_home().string();
  services.log = [talk = m_talk.get()](const std::string& level, const std::string& text) {
    talk->log(level, text);
  };
  services.progress = [this](const std::string& cluster, const std::string& text) {
    progress(cluster, text);
  };
  services.ask_secret = [this](const SecretQuestion& asked) {
    if (m_hung_up) throw Failure(*m_hung_up);
    quiet();
    return ask_secret(asked);
  };
  m_registry = std::make_unique<Registry>(
      m_catalogue, make_services(std::move(services)),
      [this](const std::string& section) { return settings(section); }, invocation.unsandboxed);
  m_registry->before_signing([this] { require_clocks(*m_fleet); });
}

Session::~Session() {
  m_registry.reset();
  m_talk->progress.finish();
}

bool Session::takes_part(const std::string& concern) const {
  return std::find(m_file.skipped.begin(), m_file.skipped.end(), concern) == m_file.skipped.end();
}

std::vector<Problem> Session::other_clusters(const Identities& identities) const {
  std::vector<Problem> problems;
  for (const auto& [context, uid] : m_file.uids) {
    const auto identity = identities.known.find(context);
    if (identity == identities.known.end() || identity->second.uid == uid) continue;
    Problem problem;
    problem.code = "refused";
    problem.message = context +
                      ": this context leads to another cluster (kube-system has the UID " +
                      identity->second.uid + ") than the one that mesh.yaml means (" + uid + ")";
    problem.hint = "point the context to the right cluster, or correct `uid` in mesh.yaml";
    problem.cluster = context;
    problems.push_back(std::move(problem));
  }
  return problems;
}

Json Session::settings(const std::string& section) const {
  const Json written = m_file.concerns.value(section, Json::object());
  const auto known = m_sections.find(section);
  if (m_invocation.command.front() != section || known == m_sections.end()) return written;
  Json whole = written;
  set_all(whole, m_invocation.settings);
  const Json schema = schema_of(known->second, whole);
  Json placed = with_absolute_paths(schema, std::move(whole), std::filesystem::current_path());
  // Here, as a strategy's secret is passed on by a concern that does not know it as one.
  require_secret_references(schema, placed, section);
  return placed;
}

void Session::prepare(const std::string& address, const Json& request) {
  m_registry->prepare(address, request, m_deadline);
}

Json Session::ask(const std::string& address, const std::string& verb, const Json& request) {
  return m_registry->invoke(address, verb, request, m_deadline);
}

Json Session::prove(const std::string& by, const std::string& address, const std::string& verb,
                    const Json& request) {
  return m_registry->prove(by, address, verb, request, m_deadline);
}

void Session::hang_up(const Problem& why) {
  m_hung_up = why;
  m_fleet->hang_up(why);
}

void Session::progress(const std::string& cluster, const std::string& text) {
  m_talk->progress.step(cluster, text);
}

void Session::quiet() {
  m_talk->progress.finish();
}

void print(const std::string& text) {
  const int error = write_all(STDOUT_FILENO, without_secret_values(text));
  if (error == 0 || error == EPIPE) return;
  throw Failure("output",
                std::string("standard output cannot be written to: ") + std::strerror(error));
}

void tell(const std::string& text) {
  write_all(STDERR_FILENO, without_secret_values(text));
}

}  // namespace mesh
