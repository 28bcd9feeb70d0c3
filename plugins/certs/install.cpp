#include "decide.hpp"
#include "verbs.hpp"

#include "mesh/counted.hpp"
#include "mesh/offered.hpp"

namespace mesh::certs {

namespace {

/// The operator is not asked for what a silent cluster makes useless.
void require_answers(const CommandRequest& request, const Host& host) {
  for (const ClusterFacts& facts : read_facts(host, look_of(request, Depth::set))) {
    if (facts.problem) throw Failure(*facts.problem);
  }
}

Plan planned(const CommandRequest& request, const Host& host) {
  const CaRequest asked = ca_request(request);
  const std::string name = require_offered(host, "ca/1", strategy_name(request));
  const CaClient strategy(name, host);
  host.progress("", "asking the authority " + name);
  // What the operator gave is looked at first: a wrong file is told whatever the clusters hold.
  CaRoots roots;
  std::vector<CaSet> brought;
  bool issues = true;
  try {
    roots = strategy.roots(asked);
  } catch (const Failure& failure) {
    if (failure.problem().code != "unsupported") throw;
    issues = false;
    if (asked.settings.value("ask-passphrase", false)) require_answers(request, host);
    brought = strategy.bring(asked, request.clusters);
  }
  const std::vector<ClusterFacts> all = read_facts(host, look_of(request, Depth::set));
  if (!issues) return plan_brought(all, brought, now_of(host));
  const std::optional<Waiting> waiting = read_waiting(host, name, istio_namespace(request));
  return plan_issued(
      all, {name, roots, asked.policy, waiting}, now_of(host),
      [&](const std::vector<CertificateRequest>& requests, const std::string& token) {
        if (roots.seconds > 0) {
          host.progress("",
                        name + " signs; it usually takes " + std::to_string(roots.seconds) + " s");
        }
        CaIssueRequest issue;
        static_cast<CaRequest&>(issue) = asked;
        issue.requests = requests;
        issue.token = token;
        return strategy.issue(issue);
      });
}

/// What the operator gave is judged all the same.
Plan deferred(const CommandRequest& request, const Host& host) {
  require_offered(host, "ca/1", strategy_name(request));
  ca_request(request);
  Plan plan;
  plan.continues = true;
  plan.notes = {
      {Severity::info, "", "certificates are requested after the earlier components are applied"}};
  announce_sets(plan, request.clusters, istio_namespace(request));
  return plan;
}

}  // namespace

Plan install(const CommandRequest& given, const Host& host) {
  // Nothing is signed for a preview: the run asks again once the components before are applied.
  Plan plan =
      given.ahead ? deferred(with_mesh_file(given), host) : planned(with_mesh_file(given), host);
  plan.title = "Shared CA for " + counted(given.clusters.size(), "cluster");
  plan.next = {next_command(given, "verify", "prove it"),
               next_command(given, "show", "who signs whom")};
  return plan;
}

}  // namespace mesh::certs
