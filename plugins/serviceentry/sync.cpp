#include <algorithm>

#include "verbs.hpp"

#include "mesh/counted.hpp"
#include "mesh/offered.hpp"

namespace mesh::serviceentry {

namespace {

void add(Plan& plan, Plan&& part) {
  plan.continues = plan.continues || part.continues;
  std::move(part.announces.begin(), part.announces.end(), std::back_inserter(plan.announces));
  std::move(part.actions.begin(), part.actions.end(), std::back_inserter(plan.actions));
  std::move(part.notes.begin(), part.notes.end(), std::back_inserter(plan.notes));
  std::move(part.refusals.begin(), part.refusals.end(), std::back_inserter(plan.refusals));
}

/// A mesh that changed its mode keeps nothing of the other one.
void add_leftovers(Plan& plan, const Asked& asked, const ExposureRequest& request,
                   const Host& host) {
  for (const ExtensionEntry& other : host.extensions("exposure/1")) {
    if (other.name == asked.strategy) continue;
    Plan part;
    try {
      part = ExposureClient(other.name, host).remove(request);
    } catch (const Failure& failure) {
      note_unknown(plan, other.name, failure.problem());
      continue;
    }
    // It may not be able to read what the chosen one does not need either.
    part.refusals.clear();
    for (Action& action : part.actions) action.reason = "left by the strategy " + other.name;
    add(plan, std::move(part));
  }
}

Plan planned(const Asked& asked, const Choice& choice, const Host& host) {
  require_offered(host, "exposure/1", asked.strategy);
  Plan plan;
  plan.title = asked.strategy == "discovery"
                   ? "Every cluster discovers the services of the others"
                   : "Aliases for " + counted(choice.exports.size(), "service") + " in " +
                         counted(asked.clusters.size(), "cluster");
  plan.notes = choice.notes;
  plan.refusals = choice.refusals;
  // Without a whole picture nothing may be taken away.
  if (!plan.refusals.empty()) return plan;
  const ExposureRequest request = exposure_request(asked, choice);
  add(plan, ExposureClient(asked.strategy, host).sync(request));
  add_leftovers(plan, asked, request, host);
  plan.next = {next_command(asked.clusters, "list", "what leads where"),
               next_command(asked.clusters, "verify", "prove it")};
  return plan;
}

std::vector<ExporterFacts> look(const Asked& asked, const Host& host) {
  host.progress("", "looking for exported services");
  return read_exporters(host, asked.mesh, asked.clusters, asked.wishes);
}

/// A look ahead comes before the services' namespaces may be there at all.
void note_nothing(Plan& plan, const Asked& asked, const Choice& choice) {
  if (asked.strategy != "alias" || !choice.exports.empty() || !choice.refusals.empty()) return;
  plan.notes.push_back({Severity::info, "",
                        "no service is exported: kubectl mesh serviceentry export --service "
                        "NAMESPACE/NAME --from CLUSTER, or exports in mesh.yaml"});
}

}  // namespace

void note_unknown(Plan& plan, const std::string& strategy, const Problem& problem) {
  plan.notes.push_back({Severity::warning, "",
                        "whether the strategy " + strategy +
                            " left something is not known: " + message_of(problem) +
                            (problem.hint.empty() ? "" : "; " + problem.hint)});
}

Plan sync(const CommandRequest& request, const Host& host) {
  const Asked asked = asked_of(request);
  const Choice choice = choose(look(asked, host), asked.wishes, asked.mesh);
  Plan plan = planned(asked, choice, host);
  note_nothing(plan, asked, choice);
  return plan;
}

Action annotate(const NamedExport& wish, const SeenService& service) {
  Json annotations{{k_export, "true"}};
  std::string ports;
  for (const std::string& port : wish.ports) ports += (ports.empty() ? "" : ",") + port;
  const std::string alias = wish.alias.empty() ? service.alias : wish.alias;
  if (ports.empty()) ports = service.only;
  if (!alias.empty()) annotations[k_alias] = alias;
  if (!ports.empty()) annotations[k_ports] = ports;
  Action action;
  action.type = ActionType::apply;
  action.cluster = wish.cluster;
  action.reason = "exported for good: sync finds it by this";
  action.object = {
      {"apiVersion", "v1"},
      {"kind", "Service"},
      {"metadata",
       {{"name", service.name}, {"namespace", service.name_space}, {"annotations", annotations}}}};
  return action;
}

Action unannotate(const std::string& cluster, const SeenService& service) {
  Action action;
  action.type = ActionType::edit;
  action.cluster = cluster;
  action.target = {"v1", "Service", service.name_space, service.name};
  action.precondition = {{"/metadata/uid", service.uid}};
  action.reason = "it is exported no more";
  const auto drop = [&](const char* key, const std::string& value) {
    if (value.empty()) return;
    action.patch.push_back(
        {{"op", "remove"}, {"path", "/metadata/annotations/" + lookup::step(key)}});
  };
  drop(k_export, service.wants);
  drop(k_alias, service.alias);
  drop(k_ports, service.only);
  return action;
}

Plan export_services(const CommandRequest& request, const Host& host) {
  const Asked asked = asked_of(request);
  if (!request.options.contains("service"))
    throw Failure("invalid-input", "--service is missing",
                  "name what to export: --service default/app1 --from CLUSTER");
  if (asked.wishes.merged &&
      (request.options.contains("alias") || request.options.contains("port")))
    throw Failure("invalid-input",
                  "in mode discovery a service keeps its own name and all of its ports",
                  "leave --alias and --port out; it is called NAME.NAMESPACE.svc.cluster.local");
  const std::vector<ExporterFacts> all = look(asked, host);
  const Choice choice = choose(all, asked.wishes, asked.mesh);
  std::vector<Action> annotations;
  for (const NamedExport& wish : asked.wishes.named) {
    if (wish.where != "--service") continue;
    for (const ExporterFacts& facts : all) {
      const auto service = facts.services.find(wish.key());
      if (facts.cluster == wish.cluster && service != facts.services.end())
        annotations.push_back(annotate(wish, service->second));
    }
  }
  Plan plan = planned(asked, choice, host);
  plan.actions.insert(plan.actions.begin(), annotations.begin(), annotations.end());
  return plan;
}

}  // namespace mesh::serviceentry
