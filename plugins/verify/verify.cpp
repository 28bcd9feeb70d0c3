#include "verify.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <thread>

#include "mesh/lookup.hpp"

namespace mesh::verify {

namespace {

constexpr std::chrono::milliseconds k_pause{1000};

std::vector<std::string> split_commas(const Json& values) {
  std::vector<std::string> words;
  for (const Json& value : values) {
    std::string rest = value.get<std::string>();
    for (std::size_t comma = 0; comma != std::string::npos; rest = rest.substr(comma + 1)) {
      comma = rest.find(',');
      if (!rest.substr(0, comma).empty()) words.push_back(rest.substr(0, comma));
      if (comma == std::string::npos) break;
    }
  }
  return words;
}

/// Kinds of which one check wants all objects and others some by name, whichever comes first.
struct SharedKind {
  const char* api_version;
  const char* kind;
};
constexpr std::array<SharedKind, 5> k_shared_kinds{{{"v1", "Namespace"},
                                                    {"v1", "Service"},
                                                    {"networking.istio.io/v1", "Gateway"},
                                                    {"networking.istio.io/v1", "ServiceEntry"},
                                                    {"networking.k8s.io/v1", "NetworkPolicy"}}};

/// The host remembers: a list here is several requests less later. Who may not list is asked
/// nothing more than before, so what comes of it does not matter here.
void read_ahead(const std::vector<std::string>& clusters, const Host& host) {
  std::vector<Read> reads;
  for (const std::string& cluster : clusters) {
    for (const SharedKind& shared : k_shared_kinds)
      reads.push_back(lookup::list_of(cluster, shared.api_version, shared.kind));
  }
  host.read(reads);
}

/// A check whose every finding would be left out is not worth its requests.
std::vector<ExtensionEntry> asked_checks(const std::vector<std::string>& only, const Host& host) {
  std::vector<ExtensionEntry> checks = host.extensions("check/1");
  std::erase_if(checks, [&](const ExtensionEntry& check) {
    return !only.empty() && std::none_of(only.begin(), only.end(), [&](const std::string& word) {
      return word.substr(0, word.find('/')) == check.name;
    });
  });
  return checks;
}

/// What the operator has to correct, or ended, ends the command; all else costs the rows of the one
/// check that could not be run.
bool ends_all(const Problem& problem) {
  return problem.plugin.empty() && (problem.code == "usage" || problem.code == "invalid-input" ||
                                    problem.code == "cancelled");
}

Report rows_of(const ExtensionEntry& check, const CommandRequest& request, const Host& host) try {
  Json options = Json::object();
  if (request.flag("objects-only")) options["objects-only"] = true;
  return report_from_json(host.call(
      check.address, "run",
      {{"clusters", request.clusters}, {"options", options}, {"mesh", to_json(request.mesh)}}));
} catch (const Failure& failure) {
  if (ends_all(failure.problem())) throw;
  Problem problem = failure.problem();
  problem.message = "check " + check.name + " was not run: " + message_of(problem);
  return report_of({}, {std::move(problem)});
}

Report run_once(const CommandRequest& request, const std::vector<std::string>& only,
                const Host& host) {
  std::vector<Report> parts;
  if (only.empty()) read_ahead(request.clusters, host);
  for (const ExtensionEntry& check : asked_checks(only, host)) {
    host.progress("", "checking " + check.name);
    parts.push_back(rows_of(check, request, host));
  }
  return joined(std::move(parts), only, request.text("fail-on", "failure"));
}

void require_known(const std::vector<std::string>& only, const Host& host) {
  std::set<std::string> names;
  std::string list;
  for (const ExtensionEntry& check : host.extensions("check/1")) {
    names.insert(check.name);
    list += (list.empty() ? "" : ", ") + check.name;
  }
  for (const std::string& word : only) {
    if (names.contains(word.substr(0, word.find('/')))) continue;
    throw Failure("usage", "--only " + word + ": no check has such an id", "there are: " + list);
  }
}

/// A misspelt id must not look like a check that passes.
void require_found(const std::vector<std::string>& only, const Report& report) {
  if (!report.problems.empty()) return;
  for (const std::string& word : only) {
    const bool found = std::any_of(report.items.begin(), report.items.end(), [&](const Json& item) {
      return wanted({word}, item.value("id", std::string()));
    });
    if (!found) throw Failure("usage", "--only " + word + ": no check has such an id");
  }
}

/// A cluster may answer yet; a plugin that failed stays as it is.
bool may_pass(const std::vector<Problem>& problems) {
  return std::any_of(problems.begin(), problems.end(),
                     [](const Problem& problem) { return problem.plugin.empty(); });
}

Needs needs() {
  Needs needs{.asks = {"check/1"}};
  for (const SharedKind& shared : k_shared_kinds)
    needs.reads.push_back(std::string(shared.api_version) + "/" + shared.kind);
  return needs;
}

Report run(const CommandRequest& request, const Host& host) {
  const std::vector<std::string> only = split_commas(request.options.value("only", Json::array()));
  require_known(only, host);
  const auto end =
      std::chrono::steady_clock::now() + request.duration("wait", std::chrono::seconds(0));
  for (;;) {
    Report report = run_once(request, only, host);
    require_found(only, report);
    const bool settled = !report.failed && !may_pass(report.problems);
    if (settled || host.cancelled() || std::chrono::steady_clock::now() + k_pause > end)
      return report;
    host.progress("", "waiting for what may still come");
    std::this_thread::sleep_for(k_pause);
    host.call("kube.read/1", "forget", Json::object());
  }
}

/// A silent cluster is told once, however many checks have asked it; so is a plugin that failed.
/// Clusters come first: they decide the exit status.
void add_problems(std::vector<Problem>& all, std::vector<Problem> more) {
  for (Problem& problem : more) {
    const bool told = std::any_of(all.begin(), all.end(), [&](const Problem& other) {
      return other.cluster == problem.cluster && other.code == problem.code &&
             other.plugin == problem.plugin &&
             (!problem.cluster.empty() || other.message == problem.message);
    });
    if (!told) all.push_back(std::move(problem));
  }
  std::stable_partition(all.begin(), all.end(),
                        [](const Problem& problem) { return !problem.cluster.empty(); });
}

}  // namespace

bool wanted(const std::vector<std::string>& only, const std::string& id) {
  return only.empty() || std::any_of(only.begin(), only.end(), [&](const std::string& word) {
           return id == word || id.starts_with(word + "/");
         });
}

Report joined(std::vector<Report> parts, const std::vector<std::string>& only,
              const std::string& fail_on) {
  Report all = report_of({});
  for (Report& part : parts) {
    for (Json& item : part.items) {
      if (!wanted(only, item.value("id", std::string()))) continue;
      const std::string severity = item.value("severity", std::string());
      if (severity == "failure" || (severity == "warning" && fail_on == "warning")) {
        all.failed = true;
      }
      all.items.push_back(std::move(item));
    }
    all.notes.insert(all.notes.end(), part.notes.begin(), part.notes.end());
    add_problems(all.problems, std::move(part.problems));
  }
  return all;
}

ExtensionPtr make_command() {
  Option only{.name = "only",
              .type = OptionType::text,
              .value = "IDS",
              .help = "checks to run, by id or its beginning: certs,istio/gateway-address",
              .fallback = {},
              .choices = {},
              .repeated = true};
  Option wait{.name = "wait",
              .type = OptionType::duration,
              .value = "2m",
              .help = "look again until all is well, at most so long",
              .fallback = {},
              .choices = {}};
  Option fail_on{.name = "fail-on",
                 .type = OptionType::text,
                 .value = "SEVERITY",
                 .help = "what makes the exit status 1",
                 .fallback = "failure",
                 .choices = {"failure", "warning"}};
  Option objects_only{.name = "objects-only",
                      .type = OptionType::flag,
                      .value = {},
                      .help = "ask API servers only: no port-forward, no connection to a gateway",
                      .fallback = {},
                      .choices = {}};
  Verb declared{
      .name = "verify",
      .summary = "Run the checks of all concerns",
      .details =
          "Every installed plugin contributes rows: a claim, what was seen, and what to do. "
          "Exit status 1 if one fails. Each id has a page in docs/checks.",
      .changes = false,
      .options = {only, wait, fail_on, objects_only},
      .examples = {{"everything", "verify --contexts game-agones,game-gke"},
                   {"some checks, for a script",
                    "verify --contexts game-agones,game-gke --only certs,istio -o json"},
                   {"wait for what may still come", "verify -f mesh.yaml --wait 2m"}}};
  return std::make_unique<Command>(
      "verify", "All checks of all concerns",
      std::vector<CommandVerb>{{.declared = std::move(declared), .plan = nullptr, .report = run}},
      Lifecycle{.after = {"*"}, .up = "verify"}, Json::object(), needs());
}

}  // namespace mesh::verify
