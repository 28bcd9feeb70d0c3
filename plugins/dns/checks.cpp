#include "checks.hpp"

#include "suffix.hpp"
#include "verbs.hpp"
#include "zone.hpp"

namespace mesh::dns {

namespace {

/// What was found out, before it is judged.
struct Seen {
  Wishes wishes;
  std::vector<ClusterFacts> facts;
  std::vector<Choice> choices;
  std::vector<std::vector<Answered>> answers;
};

Choice choice_for(const ClusterFacts& facts, const Wishes& wishes, const Host& host) {
  if (facts.problem) return {};
  require_suffix(wishes.suffix, facts.cluster_domain);
  return choose(facts.cluster, wishes.strategy, opinions_of(facts, wishes, host));
}

Seen see(const CommandRequest& request, const Host& host) {
  Seen seen{.wishes = wishes_of(request), .facts = {}, .choices = {}, .answers = {}};
  const bool asks = !seen.wishes.objects_only;
  seen.facts = read_facts(host, request.clusters, seen.wishes.name_space,
                          asks ? Depth::pods : Depth::objects);
  std::vector<std::vector<Question>> questions;
  std::vector<DnsLook> looks;
  for (const ClusterFacts& facts : seen.facts) {
    seen.choices.push_back(choice_for(facts, seen.wishes, host));
    looks.push_back(seen.choices.back().look);
  }
  if (asks) read_resolvers(host, looks, seen.facts);
  for (std::size_t index = 0; index < seen.facts.size(); ++index) {
    const ClusterFacts& facts = seen.facts[index];
    questions.push_back(asks && !facts.problem
                            ? questions_for(facts, seen.choices[index], seen.wishes)
                            : std::vector<Question>());
  }
  seen.answers = ask_all(host, request.clusters, questions);
  return seen;
}

CheckResult judged(const Seen& seen) {
  CheckResult result;
  for (std::size_t index = 0; index < seen.facts.size(); ++index) {
    const ClusterFacts& facts = seen.facts[index];
    if (facts.problem) {
      result.problems.push_back(*facts.problem);
      continue;
    }
    const std::vector<Finding> findings =
        findings_of({facts, seen.choices[index], seen.wishes,
                     names_of(facts.service_entries, seen.wishes.suffix), seen.answers[index]});
    result.findings.insert(result.findings.end(), findings.begin(), findings.end());
    note_left_out(result.notes, seen.choices[index]);
  }
  return result;
}

/// In mode discovery there is no zone, and nothing to find fault with.
CheckResult without_zone(const std::vector<std::string>& clusters) {
  CheckResult result;
  for (const std::string& cluster : clusters)
    result.findings.push_back({.id = "dns/fits",
                               .cluster = cluster,
                               .severity = Severity::skipped,
                               .title = "a strategy fits the cluster's DNS",
                               .evidence = "mode discovery: no zone is needed",
                               .fix = {}});
  return result;
}

class DnsCheck : public Check {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "check/1";
    extension.name = "dns";
    extension.summary = "The mesh's names in every cluster's DNS, asked of every DNS pod";
    return extension;
  }

  CheckResult run(const CheckRequest& request, const Host& host) override {
    if (request.mesh.mode == Mode::discovery) return without_zone(request.clusters);
    return judged(see({.verb = {},
                       .clusters = request.clusters,
                       .options = request.options,
                       .settings = request.settings,
                       .mesh = request.mesh},
                      host));
  }
};

}  // namespace

std::vector<Finding> findings_of(const Subject& subject) {
  std::vector<Finding> findings;
  judge(subject.wishes.gone ? gone_rows() : check_rows(), subject.facts.cluster, subject, findings);
  return findings;
}

Report verify(const CommandRequest& request, const Host& host) {
  if (request.mesh.mode == Mode::discovery && !request.flag("gone"))
    return report_of(without_zone(request.clusters).findings);
  const Seen seen = see(request, host);
  const CheckResult result = judged(seen);
  Report report = report_of(result.findings, result.problems);
  report.notes = result.notes;
  for (std::size_t index = 0; index < seen.facts.size(); ++index) {
    const std::vector<Note> walk = walk_of(seen.facts[index].cluster, seen.answers[index]);
    report.notes.insert(report.notes.end(), walk.begin(), walk.end());
  }
  return report;
}

ExtensionPtr make_check() {
  return std::make_unique<DnsCheck>();
}

}  // namespace mesh::dns
