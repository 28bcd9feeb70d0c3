#include "checks.hpp"

#include "verbs.hpp"

namespace mesh::serviceentry {

namespace {

CheckResult run_checks(const Asked& asked, bool objects_only, const Host& host) {
  const std::vector<CheckFacts> all = read_check_facts(host, asked, !objects_only);
  std::vector<ExporterFacts> exporters;
  CheckResult result;
  for (const CheckFacts& facts : all) {
    exporters.push_back(facts.exporter);
    if (facts.exporter.problem) result.problems.push_back(*facts.exporter.problem);
  }
  const Choice choice = choose(exporters, asked.wishes, asked.mesh);
  ExposureRequest request = exposure_request(asked, choice);
  for (const Member& member : asked.mesh.members) {
    if (std::find(asked.clusters.begin(), asked.clusters.end(), member.context) ==
        asked.clusters.end())
      request.unseen.push_back(member.context);
  }
  result.findings = findings_of(all, request, asked.strategy == "discovery");
  for (const Problem& refused : choice.refusals) {
    if (refused.code == "refused")
      result.findings.push_back({.id = "serviceentry/exports-fit",
                                 .cluster = refused.cluster.empty() ? "*" : refused.cluster,
                                 .severity = Severity::failure,
                                 .title = "what is to be exported can be",
                                 .evidence = refused.message,
                                 .fix = refused.hint});
  }
  return result;
}

class ServiceEntryCheck : public Check {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "check/1";
    extension.name = "serviceentry";
    extension.summary = "The ways from cluster to cluster: gateways, aliases, remote secrets";
    return extension;
  }

  CheckResult run(const CheckRequest& request, const Host& host) override {
    return run_checks(asked_of(request), request.options.value("objects-only", false), host);
  }
};

}  // namespace

std::vector<Finding> findings_of(const std::vector<CheckFacts>& all, const ExposureRequest& request,
                                 bool discovery) {
  std::vector<Finding> findings;
  for (const CheckFacts& facts : all) {
    if (facts.exporter.problem) continue;
    const Subject subject{facts, all, request, discovery};
    judge(check_rows(), facts.cluster, subject, findings);
  }
  return findings;
}

Report verify(const CommandRequest& request, const Host& host) {
  if (request.options.contains("reach"))
    return reached(request, request.text("istio-namespace", "istio-system"), host);
  const CheckResult result = run_checks(asked_of(request), request.flag("objects-only"), host);
  return report_of(result.findings, result.problems);
}

ExtensionPtr make_check() {
  return std::make_unique<ServiceEntryCheck>();
}

}  // namespace mesh::serviceentry
