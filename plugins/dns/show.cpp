#include "facts.hpp"
#include "look_up.hpp"
#include "verbs.hpp"
#include "zone.hpp"

namespace mesh::dns {

namespace {

std::string flavour_of(const ClusterFacts& facts) {
  const std::string workload = text_at(facts.objects, "/workload/metadata/name");
  std::string text = workload.empty() ? "none found" : workload;
  if (facts.node_local) text += ", NodeLocal DNSCache";
  return text;
}

Json row_of(const ClusterFacts& facts, const Choice& choice, const Wishes& wishes) {
  Json names = Json::array();
  for (const DnsName& name : names_of(facts.service_entries, wishes.suffix))
    names.push_back({{"host", name.host}, {"addresses", name.addresses}});
  const bool there = choice.look.present;
  return {{"cluster", facts.cluster},
          {"platform", facts.platform.empty() ? "unknown" : facts.platform},
          {"dns", flavour_of(facts)},
          {"clusterDomain", facts.cluster_domain},
          {"zone", wishes.suffix},
          {"strategy", choice.name.empty() ? "none" : choice.name},
          {"why", choice.refusal ? choice.refusal->message : choice.why},
          {"installed", there},
          {"where", there ? choice.look.where : "not installed"},
          {"target", joined(choice.look.targets)},
          {"server", facts.server.address()},
          {"names", names},
          {"nameCount", names.size()}};
}

}  // namespace

Report show(const CommandRequest& request, const Host& host) {
  const Wishes wishes = wishes_of(request);
  Report report;
  report.kind = "DnsList";
  report.columns = {{"CLUSTER", "/cluster"},   {"DNS", "/dns"},
                    {"PLATFORM", "/platform"}, {"ZONE", "/zone"},
                    {"STRATEGY", "/strategy"}, {"WHERE", "/where"},
                    {"SENT TO", "/target"},    {"NAME SERVER", "/server"},
                    {"NAMES", "/nameCount"},   {"WHY", "/why", true}};
  for (const ClusterFacts& facts :
       read_facts(host, request.clusters, wishes.name_space, Depth::objects)) {
    if (facts.problem) {
      report.problems.push_back(*facts.problem);
      continue;
    }
    const Choice choice = choose(facts.cluster, wishes.strategy, opinions_of(facts, wishes, host));
    note_left_out(report.notes, choice);
    if (choice.refusal)
      report.notes.push_back({Severity::warning, facts.cluster,
                              choice.refusal->message + "; " + choice.refusal->hint});
    report.items.push_back(row_of(facts, choice, wishes));
  }
  return report;
}

}  // namespace mesh::dns
