#include <algorithm>

#include "server.hpp"
#include "suffix.hpp"
#include "verbs.hpp"
#include "zone.hpp"

#include "mesh/counted.hpp"

namespace mesh::dns {

namespace {

constexpr int k_server_phase = 0;
constexpr int k_stub_phase = 1;

/// One cluster's part of the plan.
struct Part {
  const CommandRequest& request;
  const Wishes& wishes;
  const ClusterFacts& facts;
  const Choice& choice;
};

Problem ending(const ClusterFacts& facts) {
  return {.code = "refused",
          .message = facts.cluster + ": namespace " + facts.name_space + " is being deleted",
          .hint = "wait until it is gone, then run the same command again",
          .cluster = facts.cluster,
          .object = "Namespace " + facts.name_space};
}

Plan stub_plan(const Part& part, const std::string& server, const Host& host) {
  DnsRequest asked = request_for(part.facts, part.wishes.suffix, part.wishes.settings);
  if (part.choice.forwards && asked.server.empty()) asked.server = server;
  return DnsClient(part.choice.name, host).plan(asked);
}

bool edits(const Plan& plan) {
  return std::any_of(plan.actions.begin(), plan.actions.end(),
                     [](const Action& action) { return writes(action.type); });
}

void add_proof(Plan& plan, const Part& part, bool revert) {
  if (part.wishes.objects_only) {
    plan.notes.push_back({Severity::warning, part.facts.cluster,
                          "no pod is asked whether it took the change: --objects-only"});
    return;
  }
  Json options{{"strategy", part.choice.name}, {"istio-namespace", part.wishes.name_space}};
  if (!part.choice.look.unprovable.empty())
    plan.notes.push_back(
        {Severity::warning, part.facts.cluster,
         part.wishes.suffix + " cannot be proven: " + part.choice.look.unprovable});
  Action proof = prove_action(part.request, part.facts.cluster, std::move(options));
  for (const DnsResolver& one : part.choice.look.resolvers)
    proof.needs.push_back({"create", {"v1", "Pod", one.name_space, ""}, "portforward"});
  proof.phase = k_stub_phase;
  proof.reason = "every DNS pod answers, for the mesh and for the cluster";
  proof.seconds = k_proof_seconds;
  proof.revert = revert;
  plan.actions.push_back(std::move(proof));
}

/// Which objects it edits does not depend on the address that it writes there.
void announce(Plan& plan, const Part& part, const Plan& stub) {
  for (Action action : stub.actions) {
    if (!writes(action.type)) continue;
    action.cluster = part.facts.cluster;
    plan.announces.push_back(announcement_of(action));
  }
}

/// What a strategy announces itself; one that serves the names has others to serve by then.
void announce_strategy(Plan& plan, const Part& part, const Plan& stub) {
  if (!part.request.ahead) return;
  for (Announcement announced : stub.announces) {
    announced.cluster = part.facts.cluster;
    plan.announces.push_back(std::move(announced));
  }
  if (!part.choice.forwards) announce(plan, part, stub);
}

/// The names of the zone are those that are exported by then.
void announce_names(Plan& plan, const Part& part) {
  for (const Json& object : server_objects(part.facts, part.wishes)) {
    if (object.at("kind") != "ConfigMap") continue;
    plan.announces.push_back({.type = ActionType::apply,
                              .cluster = part.facts.cluster,
                              .target = ref_of(object),
                              .reason = "the names of the zone"});
  }
}

/// The stub needs the server's address, which is known when the server is there.
void plan_stub(Plan& plan, const Part& part, bool server_changes, const Host& host) {
  const bool address = !part.choice.forwards || !part.facts.server.address().empty();
  Plan stub = stub_plan(part, k_probe_address, host);
  plan.refusals.insert(plan.refusals.end(), stub.refusals.begin(), stub.refusals.end());
  plan.notes.insert(plan.notes.end(), stub.notes.begin(), stub.notes.end());
  if (!stub.refusals.empty()) return;
  announce_strategy(plan, part, stub);
  if (!address) {
    plan.continues = true;
    announce(plan, part, stub);
    plan.notes.push_back({Severity::info, part.facts.cluster,
                          "then " + part.wishes.suffix + " is sent to it (strategy " +
                              part.choice.name + ") and every DNS pod is asked for it"});
    return;
  }
  const bool changes = edits(stub);
  for (Action& action : stub.actions) {
    action.cluster = part.facts.cluster;
    action.phase = k_stub_phase;
    plan.actions.push_back(std::move(action));
  }
  if (changes || server_changes) add_proof(plan, part, changes);
}

void plan_cluster(Plan& plan, const Part& part, const Host& host) {
  if (part.choice.refusal) {
    plan.refusals.push_back(*part.choice.refusal);
    return;
  }
  if (part.choice.forwards && part.facts.namespace_ending) {
    plan.refusals.push_back(ending(part.facts));
    return;
  }
  Plan own;
  bool server_changes = false;
  if (part.choice.forwards) {
    server_changes = !server_state(part.facts, part.wishes).written;
    add_server(own, part.facts, part.wishes, part.request.complete);
    for (Action& action : own.actions) action.phase = k_server_phase;
    if (part.request.ahead) announce_names(own, part);
  }
  plan_stub(own, part, server_changes, host);
  if (!own.refusals.empty()) {
    plan.refusals.insert(plan.refusals.end(), own.refusals.begin(), own.refusals.end());
    return;
  }
  if (!own.actions.empty())
    plan.notes.push_back({Severity::info, part.facts.cluster,
                          "strategy " + part.choice.name + ", " + part.choice.why});
  plan.actions.insert(plan.actions.end(), own.actions.begin(), own.actions.end());
  plan.notes.insert(plan.notes.end(), own.notes.begin(), own.notes.end());
  plan.announces.insert(plan.announces.end(), own.announces.begin(), own.announces.end());
  plan.continues = plan.continues || own.continues;
}

/// Services keep their own names: only what mode alias has left is taken out. Who may not look need
/// not, where none was.
Plan without_zone(const CommandRequest& request, const Wishes& wishes, const Host& host) {
  Plan plan;
  plan.title = "No DNS zone";
  plan.notes.push_back(
      {Severity::info, "", "mode discovery: services keep their own names, no zone is needed"});
  for (const ClusterFacts& facts :
       read_facts(host, request.clusters, wishes.name_space, Depth::objects)) {
    if (facts.problem) {
      plan.notes.push_back(
          {Severity::warning, facts.cluster,
           "whether mode alias has left a zone was not seen: " + facts.problem->message});
    } else {
      take_out(plan, request, wishes, facts, host);
    }
  }
  return plan;
}

}  // namespace

Plan install(const CommandRequest& request, const Host& host) {
  const Wishes wishes = wishes_of(request);
  if (wishes.discovery) return without_zone(request, wishes, host);
  Plan plan;
  plan.title = "DNS zone " + wishes.suffix + " for " + counted(request.clusters.size(), "cluster");
  const std::vector<ClusterFacts> all =
      read_facts(host, request.clusters, wishes.name_space, Depth::objects);
  refuse_unread(plan, all);
  for (const ClusterFacts& facts : all) {
    if (facts.problem) continue;
    require_suffix(wishes.suffix, facts.cluster_domain);
    const Choice choice = choose(facts.cluster, wishes.strategy, opinions_of(facts, wishes, host));
    note_left_out(plan.notes, choice);
    plan_cluster(plan, {request, wishes, facts, choice}, host);
  }
  // A part that is to be continued is told as a whole only when it is.
  if (!plan.refusals.empty()) {
    plan.continues = false;
    plan.announces.clear();
  }
  const std::vector<Note> notes = suffix_notes(wishes.suffix);
  plan.notes.insert(plan.notes.end(), notes.begin(), notes.end());
  plan.next = {next_command(request, "verify", "ask every DNS pod"),
               next_command(request, "show", "what answers where")};
  return plan;
}

}  // namespace mesh::dns
