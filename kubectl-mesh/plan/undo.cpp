#include <algorithm>
#include <array>
#include <set>

#include "plan/journal.hpp"
#include "plan/object.hpp"

namespace mesh {

namespace {

Problem refusal(const JournalEntry& entry, const std::string& what, const std::string& hint = {}) {
  Problem problem;
  problem.code = "refused";
  problem.message = entry.cluster + ": " + to_string(entry.ref) + " " + what;
  problem.hint = hint;
  problem.cluster = entry.cluster;
  problem.object = to_string(entry.ref);
  return problem;
}

/// Whether the object is still what the run left. Of a Secret only its version can tell.
bool untouched(const JournalEntry& entry, const Json& live) {
  if (metadata_text(live, "uid") != entry.after_uid) return false;
  if (metadata_text(live, "resourceVersion") == entry.after_resource_version) return true;
  return !is_secret(live) && content_hash(live) == entry.after_hash;
}

Action action_for(const JournalEntry& entry, ActionType type, int phase, std::string reason) {
  Action action;
  action.type = type;
  action.cluster = entry.cluster;
  action.phase = phase;
  action.reason = std::move(reason);
  action.target = entry.ref;
  return action;
}

// What a namespace may hold and still count as empty: what Kubernetes and istiod put into every
// one.
constexpr std::array<const char*, 4> k_always_there{"kube-root-ca.crt", "istio-ca-root-cert",
                                                    "istio-ca-crl", "default"};

/// Deleting a namespace deletes all that others put there meanwhile: only an empty one is taken
/// back.
std::vector<std::string> inhabitants(const JournalEntry& entry,
                                     const std::vector<JournalEntry>& run, Fleet& fleet) {
  std::vector<Read> reads;
  for (const auto& [version, kind] :
       std::vector<std::pair<const char*, const char*>>{{"v1", "Pod"},
                                                        {"v1", "Service"},
                                                        {"v1", "Secret"},
                                                        {"v1", "ConfigMap"},
                                                        {"v1", "ServiceAccount"},
                                                        {"apps/v1", "Deployment"}}) {
    reads.push_back({.cluster = entry.cluster,
                     .object = {version, kind, entry.ref.name, ""},
                     .labels = {},
                     .next = {}});
  }
  std::vector<std::string> found;
  const std::vector<ReadResult> results = fleet.read(reads);
  for (std::size_t index = 0; index < reads.size(); ++index) {
    if (results[index].problem) throw Failure(*results[index].problem);
    for (const Json& item : results[index].object.value("items", Json::array())) {
      const ObjectRef ref{reads[index].object.api_version, reads[index].object.kind, entry.ref.name,
                          metadata_text(item, "name")};
      const bool usual =
          std::find(k_always_there.begin(), k_always_there.end(), ref.name) != k_always_there.end();
      const bool goes_too = std::any_of(run.begin(), run.end(), [&](const JournalEntry& other) {
        return other.cluster == entry.cluster && other.ref == ref && other.change == Change::create;
      });
      if (!usual && !goes_too) found.push_back(to_string(ref));
    }
  }
  return found;
}

Change together(Change first, Change second) {
  if (first == Change::create) return second == Change::remove ? Change::leave : Change::create;
  if (first == Change::remove) return second == Change::create ? Change::update : Change::remove;
  return second;
}

/// A run in several parts may write an object more than once: what counts is how it was before the
/// first and how the last left it.
std::vector<JournalEntry> as_one_write_each(const std::vector<JournalEntry>& entries) {
  std::vector<JournalEntry> merged;
  for (const JournalEntry& entry : entries) {
    if (entry.change == Change::leave || entry.change == Change::act) continue;
    const auto same = std::find_if(merged.begin(), merged.end(), [&](const JournalEntry& other) {
      return other.cluster == entry.cluster && other.ref == entry.ref;
    });
    if (same == merged.end()) {
      merged.push_back(entry);
      continue;
    }
    JournalEntry both = entry;
    both.before = same->before;
    both.restorable = same->restorable;
    both.change = together(same->change, entry.change);
    *same = std::move(both);
  }
  return merged;
}

class UndoPlan {
 public:
  UndoPlan(const std::vector<JournalEntry>& entries, std::string title, Fleet& fleet)
      : m_entries(as_one_write_each(entries)), m_fleet(fleet) {
    m_plan.title = std::move(title);
  }

  Plan make() {
    require_clusters();
    int phase = 0;
    for (auto entry = m_entries.rbegin(); entry != m_entries.rend(); ++entry) {
      add(*entry, phase++);
    }
    return std::move(m_plan);
  }

 private:
  /// The names of contexts may lead to other clusters by now, or some may not have been named.
  void require_clusters() {
    std::set<std::string> looked_at;
    for (const JournalEntry& entry : m_entries) {
      if (!looked_at.insert(entry.cluster).second) continue;
      const auto& names = m_fleet.names();
      if (std::find(names.begin(), names.end(), entry.cluster) == names.end()) {
        throw Failure("usage", "the run wrote to \"" + entry.cluster + "\" too",
                      "name all of its clusters, or none");
      }
      const ReadResult live =
          m_fleet.snapshot(entry.cluster, {"v1", "Namespace", "", "kube-system"});
      if (live.problem) throw Failure(*live.problem);
      if (entry.cluster_uid.empty() || metadata_text(live.object, "uid") == entry.cluster_uid) {
        continue;
      }
      m_plan.refusals.push_back(refusal(entry, "is not touched: the context is another cluster now",
                                        "point it to the cluster that the run wrote to"));
    }
  }

  void add(const JournalEntry& entry, int phase) {
    if (entry.change == Change::leave || entry.change == Change::act) return;
    const ReadResult live = m_fleet.snapshot(entry.cluster, entry.ref);
    if (live.problem) throw Failure(*live.problem);
    if (entry.change == Change::remove) return restore(entry, live, phase);
    if (!live.found) return;  // gone already
    if (entry.done && !untouched(entry, live.object)) {
      m_plan.refusals.push_back(refusal(entry, "was changed by somebody else since",
                                        "look at it, then change or delete it by hand"));
      return;
    }
    if (!entry.done && never_arrived(entry, live.object)) return;
    if (entry.change == Change::create) return take_away(entry, live.object, phase);
    if (!entry.done && !is_ours(live.object)) {
      m_plan.refusals.push_back(
          refusal(entry, "was being changed when the run was killed, and is not as it was",
                  "look at it, then change it by hand"));
      return;
    }
    take_back(entry, live.object, phase);
  }

  static bool is_ours(const Json& live) {
    return text_at(live, "/metadata/labels/app.kubernetes.io~1managed-by") == "kubectl-mesh";
  }

  /// Whether the write that a killed run had begun is not there.
  static bool never_arrived(const JournalEntry& entry, const Json& live) {
    if (entry.change == Change::create) return !is_ours(live);
    return entry.restorable && without_volatile(live) == entry.before;
  }

  void take_away(const JournalEntry& entry, const Json& live, int phase) {
    if (entry.ref.kind == "Namespace") {
      const std::vector<std::string> others = inhabitants(entry, m_entries, m_fleet);
      if (!others.empty()) {
        m_plan.notes.push_back({Severity::info, entry.cluster,
                                to_string(entry.ref) + " stays: it holds " + others.front() +
                                    (others.size() > 1 ? " and more" : "")});
        return;
      }
    }
    Action action = action_for(entry, ActionType::remove, phase, "the run created it");
    action.precondition = {{"/metadata/uid", metadata_text(live, "uid")}};
    m_plan.actions.push_back(std::move(action));
  }

  void take_back(const JournalEntry& entry, const Json& live, int phase) {
    if (!entry.restorable) return unrestorable(entry);
    Action action =
        action_for(entry, ActionType::edit, phase, "back to what it was before the run");
    action.patch = Json::diff(without_volatile(live), entry.before);
    action.precondition = {{"/metadata/uid", metadata_text(live, "uid")}};
    m_plan.actions.push_back(std::move(action));
  }

  void restore(const JournalEntry& entry, const ReadResult& live, int phase) {
    if (live.found && !entry.done) return;  // the delete of a killed run never arrived
    if (live.found) {
      m_plan.refusals.push_back(refusal(entry, "is there again; somebody made it since"));
      return;
    }
    if (!entry.restorable) return unrestorable(entry);
    Action action = action_for(entry, ActionType::apply, phase, "the run deleted it");
    action.target = {};
    action.object = entry.before;
    m_plan.actions.push_back(std::move(action));
  }

  void unrestorable(const JournalEntry& entry) {
    m_plan.refusals.push_back(
        refusal(entry, "cannot be restored: its private values were never written down",
                "restore it from your backup, or let the concern make a new one"));
  }

  std::vector<JournalEntry> m_entries;
  Fleet& m_fleet;
  Plan m_plan;
};

}  // namespace

Plan plan_undo(const Journal& journal, Fleet& fleet) {
  return plan_undo(journal.entries(),
                   "take back run " + journal.run() + " (" + journal.command() + ")", fleet);
}

Plan plan_undo(const std::vector<JournalEntry>& entries, const std::string& title, Fleet& fleet) {
  return UndoPlan(entries, title, fleet).make();
}

}  // namespace mesh
