#include "checks.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "verbs.hpp"

namespace mesh::certs {

namespace {

std::string clusters_text(const std::vector<std::string>& clusters) {
  std::string text;
  for (const std::string& cluster : clusters) text += (text.empty() ? "" : ", ") + cluster;
  return text;
}

/// One root set everywhere: without it no call crosses a cluster's border.
Finding same_root(const std::vector<Subject>& subjects) {
  Finding finding{.id = "certs/same-root",
                  .cluster = "*",
                  .severity = Severity::pass,
                  .title = "all clusters trust the same roots",
                  .evidence = {},
                  .fix = {}};
  std::map<std::set<std::string>, std::vector<std::string>> sets;
  for (const Subject& subject : subjects) {
    std::set<std::string> roots;
    for (const Certificate& root : subject.found.roots)
      roots.insert(short_fingerprint(root.sha256));
    sets[roots].push_back(subject.facts.cluster);
  }
  for (const auto& [roots, clusters] : sets) {
    std::string text;
    for (const std::string& root : roots) text += (text.empty() ? "" : "+") + root;
    finding.evidence += (finding.evidence.empty() ? "" : "; ") +
                        (text.empty() ? std::string("none") : text) + " in " +
                        clusters_text(clusters);
  }
  // A cluster without a root has failed in its own rows already.
  const std::size_t told = sets.size() - sets.count({});
  if (told > 1) {
    finding.severity = Severity::failure;
    finding.fix =
        "finish a rotation that was cut off (kubectl mesh certs rotate --root); else decide for "
        "one root and install the others anew (certs remove, certs install)";
  } else if (sets.size() > 1 || told == 0) {
    finding.severity = Severity::skipped;
  }
  return finding;
}

/// Where istiod signs nothing, the roots are those that it has told the namespaces.
Assessment found_in(const ClusterFacts& facts, Time now) {
  if (other_signer(facts).empty()) return assess(facts, now);
  Assessment found;
  const auto told = facts.root_config_maps.find(facts.name_space);
  const auto some = told != facts.root_config_maps.end() ? told : facts.root_config_maps.begin();
  if (some == facts.root_config_maps.end()) return found;
  try {
    found.roots = read_certificates(some->second, "istio-ca-root-cert");
  } catch (const Failure&) {  // it carries no root: the row that compares roots says so
  }
  return found;
}

/// What Secret cacerts holds does not matter there.
void keep_roots_only(std::vector<Finding>& rows, const std::string& signer) {
  for (Finding& row : rows) {
    if (row.id == "certs/root-spread") continue;
    row.severity = Severity::skipped;
    row.evidence = "workload certificates come from " + signer;
    row.fix.clear();
  }
}

CheckResult run_checks(const CommandRequest& given, const Host& host) {
  const CommandRequest request = with_mesh_file(given);
  const std::vector<ClusterFacts> all = read_facts(host, look_of(request, Depth::proxies));
  CheckResult result;
  for (const ClusterFacts& facts : all) {
    if (facts.problem) result.problems.push_back(*facts.problem);
  }
  result.findings =
      findings_of(all, now_of(host), request.duration("fail-within", std::chrono::days(7)));
  return result;
}

class CertsCheck : public Check {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "check/1";
    extension.name = "certs";
    extension.summary = "The shared CA: complete, sound, in use, the same everywhere";
    return extension;
  }

  CheckResult run(const CheckRequest& request, const Host& host) override {
    return run_checks({.verb = {},
                       .clusters = request.clusters,
                       .options = request.options,
                       .settings = request.settings},
                      host);
  }
};

}  // namespace

std::vector<Finding> findings_of(const std::vector<ClusterFacts>& all, Time now,
                                 std::chrono::seconds fail_within) {
  const Acceptance mesh(all, now);
  std::vector<Subject> subjects;
  for (const ClusterFacts& facts : all) {
    if (!facts.problem) subjects.push_back({facts, found_in(facts, now), now, fail_within, &mesh});
  }
  std::vector<Finding> findings;
  for (const Subject& subject : subjects) {
    const std::string signer = other_signer(subject.facts);
    std::vector<Finding> rows;
    judge(check_rows(), subject.facts.cluster, subject, rows);
    if (!signer.empty()) keep_roots_only(rows, signer);
    std::move(rows.begin(), rows.end(), std::back_inserter(findings));
  }
  if (subjects.size() > 1) findings.push_back(same_root(subjects));
  return findings;
}

Report verify(const CommandRequest& request, const Host& host) {
  const CheckResult result = run_checks(request, host);
  return report_of(result.findings, result.problems);
}

ExtensionPtr make_check() {
  return std::make_unique<CertsCheck>();
}

}  // namespace mesh::certs
