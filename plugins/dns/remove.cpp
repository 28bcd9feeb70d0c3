#include <algorithm>

#include "choose.hpp"
#include "server.hpp"
#include "suffix.hpp"
#include "verbs.hpp"

namespace mesh::dns {

namespace {

constexpr int k_stub_removal_phase = 0;
constexpr int k_server_removal_phase = 1;

/// A strategy whose plugin failed is left out: nobody can say what it has in the cluster.
Plan removal_by(const std::string& strategy, const DnsRequest& request, const Host& host) try {
  return DnsClient(strategy, host).remove(request);
} catch (const Failure& failure) {
  if (failure.problem().plugin.empty()) throw;
  Plan nothing;
  note_left_out(nothing.notes, strategy, failure.problem());
  return nothing;
}

void add_notes(std::vector<Note>& all, const std::vector<Note>& more) {
  for (const Note& note : more) {
    const bool told = std::any_of(all.begin(), all.end(), [&](const Note& other) {
      return other.text == note.text && other.cluster == note.cluster;
    });
    if (!told) all.push_back(note);
  }
}

}  // namespace

void take_out(Plan& plan, const CommandRequest& request, const Wishes& wishes,
              const ClusterFacts& facts, const Host& host) {
  DnsRequest asked = request_for(facts, wishes.suffix, Json::object());
  std::size_t taken = 0;
  for (const ExtensionEntry& entry : host.extensions("dns/1")) {
    asked.settings = wishes.settings_for(entry.name);
    Plan part = removal_by(entry.name, asked, host);
    plan.refusals.insert(plan.refusals.end(), part.refusals.begin(), part.refusals.end());
    add_notes(plan.notes, part.notes);
    for (Action& action : part.actions) {
      action.cluster = facts.cluster;
      action.phase = k_stub_removal_phase;
      plan.actions.push_back(std::move(action));
      ++taken;
    }
  }
  if (taken > 0 && !asked.names.empty())
    plan.notes.push_back({Severity::warning, facts.cluster,
                          "exported names are not found any more by workloads here: " +
                              std::to_string(asked.names.size()) + ", " + asked.names.front().host +
                              " among them"});
  if (taken > 0 && !wishes.objects_only) {
    Action proof = prove_action(request, facts.cluster,
                                {{"gone", true}, {"istio-namespace", wishes.name_space}});
    proof.phase = k_stub_removal_phase;
    proof.reason = "every DNS pod answers for the cluster, and none for the zone";
    proof.seconds = k_proof_seconds;
    proof.revert = true;
    plan.actions.push_back(std::move(proof));
  }
  remove_server(plan, facts, k_server_removal_phase);
}

Plan remove(const CommandRequest& request, const Host& host) {
  const Wishes wishes = wishes_of(request);
  Plan plan;
  plan.title = "Take the DNS zone " + wishes.suffix + " out";
  const std::vector<ClusterFacts> all =
      read_facts(host, request.clusters, wishes.name_space, Depth::objects);
  refuse_unread(plan, all);
  for (const ClusterFacts& facts : all) {
    if (!facts.problem) take_out(plan, request, wishes, facts, host);
  }
  return plan;
}

}  // namespace mesh::dns
