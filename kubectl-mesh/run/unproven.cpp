#include "run/unproven.hpp"

#include <algorithm>

#include "run/refusal.hpp"
#include "run/run_lock.hpp"

#include "cli/confirm.hpp"
#include "plan/executor.hpp"
#include "plan/undo.hpp"

namespace mesh {

namespace {

/// Of a run's writes those that are unproven and were made to a cluster of this run.
std::vector<JournalEntry> unproven_in(const Journal& journal, const Identities& identities) {
  std::vector<JournalEntry> entries = journal.entries();
  std::erase_if(entries, [&](const JournalEntry& entry) {
    const auto cluster = identities.known.find(entry.cluster);
    const bool here = cluster != identities.known.end() && cluster->second.uid == entry.cluster_uid;
    return !entry.unproven || entry.undone || !here;
  });
  return entries;
}

std::string told(const Journal& journal, const std::vector<JournalEntry>& entries) {
  std::string text = "run " + journal.run() + " (" + journal.command() +
                     ") was killed before these changes were proven to work:\n";
  for (const JournalEntry& entry : entries) {
    text += "  " + entry.cluster + ": " + to_string(entry.ref) + "\n";
  }
  return text;
}

void require_consent(const Session& session) {
  if (session.invocation().yes) return;
  if (!can_ask())
    throw Failure("usage", "there is no terminal to ask on, and nothing was written",
                  "add --yes to revert them first");
  if (!confirm("Revert them first?"))
    throw Failure("declined", "not confirmed; nothing was written");
}

/// One that somebody has changed since is no longer ours to revert.
void settle(Journal& journal, const std::vector<JournalEntry>& entries, const Plan& plan) {
  for (const Problem& problem : plan.refusals)
    tell("warning: " + problem.message + "; it is left as it is\n");
  for (const JournalEntry& entry : entries) journal.undone(entry.number);
}

void revert_run(Journal& journal, const std::vector<JournalEntry>& entries,
                const Identities& identities, Session& session) {
  session.quiet();
  tell(told(journal, entries));
  const Invocation& invocation = session.invocation();
  if (invocation.only_shows() || invocation.dry_run != DryRunMode::none) {
    tell("they would be reverted first; this is a dry run\n");
    return;
  }
  Fleet& fleet = session.fleet();
  const Plan plan = plan_revert(entries, fleet);
  if (!plan.refusals.empty()) return settle(journal, entries, plan);
  const std::vector<Problem> obstacles = preflight(diff(plan, fleet), fleet, identities);
  if (!obstacles.empty()) throw Refusal(obstacles);
  require_consent(session);
  const RunLock lock(session, identities, journal.run());
  revert_entries(entries, fleet, &journal);
  tell("reverted\n");
  for (const std::string& cluster : fleet.names()) fleet.forget_all(cluster);
}

}  // namespace

void revert_unproven(const Identities& identities, Session& session) {
  for (Journal& journal : Journal::interrupted()) {
    const std::vector<JournalEntry> entries = unproven_in(journal, identities);
    if (!entries.empty()) revert_run(journal, entries, identities, session);
  }
}

}  // namespace mesh
