#include <map>

#include "run/session.hpp"
#include "run/verbs.hpp"

#include "base/exit_code.hpp"
#include "base/parallel.hpp"
#include "cluster/selection.hpp"
#include "plan/preflight.hpp"

namespace mesh {

namespace {

std::vector<Column> columns(bool checked) {
  std::vector<Column> all{{"CURRENT", "/mark"},
                          {"NAME", "/name"},
                          {"CLUSTER", "/cluster"},
                          {"SERVER", "/server"},
                          {"USER", "/user", true},
                          {"AUTH", "/auth"},
                          {"NAMESPACE", "/namespace", true}};
  if (checked) {
    all.insert(all.end(), {{"STATUS", "/status"},
                           {"VERSION", "/version"},
                           {"UID", "/uid", true},
                           {"SAME AS", "/sameAs"}});
  }
  return all;
}

/// What the kubeconfig alone tells. A context that cannot be resolved is a row with its problem.
Json describe(const Kubeconfig& config, const std::string& name, const AccessOverrides& overrides,
              std::vector<Problem>& problems) {
  const ContextEntry& context = config.contexts.at(name);
  Json item{{"name", name},
            {"cluster", context.cluster},
            {"user", context.user},
            {"server", ""},
            {"auth", ""},
            {"namespace", context.name_space.empty() ? "default" : context.name_space},
            {"current", name == config.current_context},
            {"mark", name == config.current_context ? "*" : ""}};
  try {
    const Access access = resolve_access(config, name, overrides);
    item["server"] = access.endpoint.server;
    item["auth"] = access.endpoint.auth;
    item["namespace"] = access.endpoint.name_space;
  } catch (const Failure& failure) {
    Problem problem = failure.problem();
    problem.cluster = name;
    item["problem"] = to_json(problem);
    problems.push_back(std::move(problem));
  }
  return item;
}

/// "unreachable", "tls", "unauthorized", ...: why a cluster does not say who it is.
std::string problem_with(const std::string& name, const Identities& identities) {
  for (const Problem& problem : identities.problems) {
    if (problem.cluster == name) return problem.code;
  }
  return "unreachable";
}

/// Asks each cluster for its version and its identity, all at once.
void check(Json& items, const Invocation& invocation, const Catalogue& catalogue,
           const Kubeconfig& config, std::vector<Problem>& problems) {
  Invocation addressed = invocation;
  addressed.context.clear();
  addressed.contexts.clear();
  for (const Json& item : items) {
    if (!item.contains("problem")) addressed.contexts.push_back(item["name"]);
  }
  if (addressed.contexts.empty()) return;
  Session session(addressed, catalogue, config);
  Identities identities = identify(session.fleet());
  std::vector<std::string> versions(session.fleet().names().size());
  parallel_for(versions.size(), session.fleet().width(), [&](std::size_t index) {
    try {
      // One that did not answer before would only cost its deadline again.
      if (!identities.known.contains(session.fleet().names()[index])) return;
      Client& client = session.fleet().client(session.fleet().names()[index]);
      versions[index] = client.version(session.fleet().deadline());
    } catch (const Failure&) {
      // Its problem is among those of `identities` already.
    }
  });
  std::map<std::string, std::string> first_with_uid;
  for (std::size_t index = 0; index < versions.size(); ++index) {
    const std::string& name = session.fleet().names()[index];
    for (Json& item : items) {
      if (item["name"] != name) continue;
      const auto known = identities.known.find(name);
      item["status"] = known == identities.known.end() ? problem_with(name, identities) : "ok";
      item["version"] = versions[index];
      if (known == identities.known.end()) continue;
      item["uid"] = known->second.uid;
      const auto [first, is_first] = first_with_uid.emplace(known->second.uid, name);
      if (!is_first) item["sameAs"] = first->second;
    }
  }
  problems.insert(problems.end(), identities.problems.begin(), identities.problems.end());
}

}  // namespace

int run_contexts(const Invocation& invocation, const Catalogue& catalogue) {
  const Kubeconfig config = read_kubeconfig(invocation);
  const bool all = invocation.contexts.empty() && invocation.context.empty();
  Report report;
  report.kind = "ContextList";
  for (const std::string& name :
       all ? config.context_order
           : select_contexts(config, invocation.contexts, invocation.context)) {
    report.items.push_back(describe(config, name, invocation.access, report.problems));
  }
  const bool checked = invocation.options.value("check", false);
  if (checked) check(report.items, invocation, catalogue, config, report.problems);
  report.columns = columns(checked);
  const Style style = style_of(invocation);
  for (Json& item : report.items) {
    if (invocation.output == OutputFormat::json || invocation.output == OutputFormat::yaml) {
      item.erase("mark");
    }
  }
  print(render(report, invocation.output, style));
  if (report.problems.empty()) return k_exit_done;
  if (invocation.output != OutputFormat::json && invocation.output != OutputFormat::yaml) {
    tell(render_problems(report.problems, OutputFormat::table, style));
  }
  return exit_code_of(report.problems.front().code);
}

}  // namespace mesh
