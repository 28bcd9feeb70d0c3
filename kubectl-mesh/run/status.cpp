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
    session.progress("", "looking at " + overview->name);
    add(report, overview->name,
        status_table_from_json(session.ask(
            "overview/1:" + overview->name, "status",
            request_for(session, overview->name, session.fleet().names(), session.mesh()))));
  }
  identities.require();
  // One silent cluster is told once, however many concerns have asked it.
  std::vector<Problem> told;
  for (const Problem& problem : report.problems) {
    bool known = false;
    for (const Problem& other : told) {
      known = known || (other.cluster == problem.cluster && other.code == problem.code);
    }
    if (!known) told.push_back(problem);
  }
  report.problems = told;
  return report_out(report, session);
}

}  // namespace mesh
