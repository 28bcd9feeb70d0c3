#include <algorithm>

#include "verbs.hpp"

#include "mesh/offered.hpp"

namespace mesh::serviceentry {

namespace {

void add_part(Plan& plan, Plan&& part) {
  std::move(part.actions.begin(), part.actions.end(), std::back_inserter(plan.actions));
  std::move(part.notes.begin(), part.notes.end(), std::back_inserter(plan.notes));
  std::move(part.refusals.begin(), part.refusals.end(), std::back_inserter(plan.refusals));
}

/// What another strategy may have left is taken away too, if it can say what that is.
void add_others(Plan& plan, const std::string& strategy, const ExposureRequest& what,
                const Host& host) try {
  add_part(plan, ExposureClient(strategy, host).remove(what));
} catch (const Failure& failure) {
  note_unknown(plan, strategy, failure.problem());
}

bool asked_for(const Asked& asked, const std::string& cluster) {
  return std::find(asked.clusters.begin(), asked.clusters.end(), cluster) != asked.clusters.end();
}

/// One service: its annotation goes, and with it what led to it.
Plan remove_services(const CommandRequest& request, const Host& host) {
  CommandRequest naming = request;
  naming.verb = "export";
  Asked asked = asked_of(naming);
  require_offered(host, "exposure/1", asked.strategy);
  const Wishes both = asked.wishes;
  std::vector<ExporterFacts> all = read_exporters(host, asked.mesh, asked.clusters, both);
  std::erase_if(asked.wishes.named,
                [](const NamedExport& one) { return one.where == "--service"; });
  Plan plan;
  plan.title = "Export no more";
  for (const NamedExport& wish : both.named) {
    if (wish.where != "--service") continue;
    for (ExporterFacts& facts : all) {
      const auto found = facts.services.find(wish.key());
      if (facts.cluster != wish.cluster || found == facts.services.end()) continue;
      if (found->second.selected) {
        plan.refusals.push_back(
            refusal(facts.cluster, "Service " + wish.key(),
                    "Service " + wish.key() + " is exported by the selector of mesh.yaml",
                    std::string("annotate it: kubectl annotate service ") + k_export + "=false"));
      }
      if (!found->second.wants.empty())
        plan.actions.push_back(unannotate(facts.cluster, found->second));
      facts.services.erase(found);
    }
  }
  const Choice choice = choose(all, asked.wishes, asked.mesh);
  plan.notes = choice.notes;
  plan.refusals.insert(plan.refusals.end(), choice.refusals.begin(), choice.refusals.end());
  if (plan.refusals.empty())
    add_part(plan, ExposureClient(asked.strategy, host).sync(exposure_request(asked, choice)));
  return plan;
}

}  // namespace

Plan remove(const CommandRequest& request, const Host& host) {
  if (request.options.contains("service")) return remove_services(request, host);
  Asked asked = asked_of(request);
  require_offered(host, "exposure/1", asked.strategy);
  asked.wishes.named.clear();  // what is in mesh.yaml need not exist any more
  asked.wishes.pods = false;
  const std::vector<ExporterFacts> all =
      read_exporters(host, asked.mesh, asked.clusters, asked.wishes);
  Choice choice;
  Plan plan;
  plan.title = "Remove what leads from cluster to cluster";
  for (const ExporterFacts& facts : all) {
    if (facts.unseen) choice.unseen.push_back(facts.cluster);
    if (facts.problem && asked_for(asked, facts.cluster)) plan.refusals.push_back(*facts.problem);
    if (!asked_for(asked, facts.cluster)) continue;
    for (const auto& [key, service] : facts.services) {
      if (service.annotated_by_us) plan.actions.push_back(unannotate(facts.cluster, service));
    }
  }
  if (!plan.refusals.empty()) return plan;
  const ExposureRequest what = exposure_request(asked, choice);
  add_part(plan, ExposureClient(asked.strategy, host).remove(what));
  for (const ExtensionEntry& other : host.extensions("exposure/1")) {
    if (other.name != asked.strategy) add_others(plan, other.name, what, host);
  }
  for (const std::string& cluster : choice.unseen)
    plan.notes.push_back({Severity::warning, "",
                          cluster + " was not looked at: kubectl mesh serviceentry sync on it "
                                    "takes away what led here"});
  return plan;
}

Report list(const CommandRequest& request, const Host& host) {
  const Asked asked = asked_of(request);
  require_offered(host, "exposure/1", asked.strategy);
  const Choice choice = choose(read_exporters(host, asked.mesh, asked.clusters, asked.wishes),
                               asked.wishes, asked.mesh);
  Report report = ExposureClient(asked.strategy, host).list(exposure_request(asked, choice));
  report.notes.insert(report.notes.begin(), choice.notes.begin(), choice.notes.end());
  for (const Problem& refused : choice.refusals)
    report.notes.push_back({Severity::warning, refused.cluster, refused.message});
  return report;
}

}  // namespace mesh::serviceentry
