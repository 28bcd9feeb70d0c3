#include <algorithm>

#include "run/identity_check.hpp"
#include "run/session.hpp"
#include "run/stages.hpp"
#include "run/verbs.hpp"

#include "base/exit_code.hpp"
#include "mesh/overview.hpp"

namespace mesh {

namespace {

/// One column of every concern beside the other's: "/ca" of certs becomes "/certs/ca".
void add(Report& report, const std::string& concern, const StatusTable& table) {
  for (const Column& column : table.columns) {
    report.columns.push_back({column.title, "/" + concern + column.pointer, column.wide});
  }
  for (const Json& row : table.rows) {
    for (Json& item : report.items) {
      if (item["cluster"] != row.value("cluster", std::string())) continue;
      item[concern] = row;
      item[concern].erase("cluster");
    }
  }
  report.problems.insert(report.problems.end(), table.problems.begin(), table.problems.end());
  report.notes.insert(report.notes.end(), table.notes.begin(), table.notes.end());
}

/// A plugin that fails costs its own columns.
void add_overview(Report& report, const std::string& name, Session& session) try {
  session.progress("", "looking at " + name);
  const Json request = overview_request(session, name, session.mesh());
  add(report, name, status_table_from_json(session.ask("overview/1:" + name, "status", request)));
} catch (const Failure& failure) {
  if (failure.problem().plugin.empty()) throw;
  Problem problem = failure.problem();
  problem.message = "columns of " + name + " are missing: " + message_of(problem);
  report.problems.push_back(std::move(problem));
}

/// One silent cluster is told once, however many concerns have asked it; a plugin that failed comes
/// after the clusters, which decide the exit status.
std::vector<Problem> told_once(const std::vector<Problem>& problems) {
  std::vector<Problem> told;
  for (const Problem& problem : problems) {
    const bool known = std::any_of(told.begin(), told.end(), [&](const Problem& other) {
      return other.cluster == problem.cluster && other.code == problem.code &&
             other.plugin == problem.plugin;
    });
    if (!known) told.push_back(problem);
  }
  std::stable_partition(told.begin(), told.end(),
                        [](const Problem& problem) { return problem.plugin.empty(); });
  return told;
}

}  // namespace

int run_status(const Invocation& invocation, const Catalogue& catalogue) {
  Session session(invocation, catalogue);
  IdentityCheck identities(session);
  Report report;
  report.kind = "ClusterStatusList";
  report.columns = {{"CLUSTER", "/cluster"}};
  for (const Member& member : session.mesh().members) {
    report.items.push_back(
        {{"cluster", member.context}, {"name", member.name}, {"network", member.network}});
  }
  for (const Extension* overview : catalogue.of_point("overview/1")) {
    add_overview(report, overview->name, session);
  }
  identities.require();
  report.problems = told_once(report.problems);
  return report_out(report, session);
}

}  // namespace mesh
