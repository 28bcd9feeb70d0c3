#include "plan/undo.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "mesh/lookup.hpp"
#include "plan/field_edits.hpp"
#include "plan/managed_fields.hpp"
#include "plan/object.hpp"
#include "plan/selection.hpp"

namespace mesh {

namespace {

enum class Restarts { again, roll_back };

constexpr std::int64_t k_rollout_seconds = 180;
constexpr std::int64_t k_program_seconds = 300;
constexpr std::int64_t k_namespace_seconds = 120;

std::string name_of(const JournalEntry& entry) {
  return (entry.cluster.empty() ? "" : entry.cluster + ": ") + to_string(entry.ref);
}

Problem refusal(const JournalEntry& entry, const std::string& what, const std::string& hint = {}) {
  Problem problem;
  problem.code = "refused";
  problem.message = name_of(entry) + " " + what;
  problem.hint = hint;
  problem.cluster = entry.cluster;
  if (!entry.ref.name.empty()) problem.object = to_string(entry.ref);
  return problem;
}

/// A value as a message has it: of a Secret its fingerprint, of a long text its beginning.
std::string shown(const Json& value, bool secret) {
  constexpr std::size_t k_most = 80;
  if (value.is_null()) return "nothing";
  std::string text = to_text(value);
  if (secret) return fingerprint(text);
  return text.size() <= k_most ? text : text.substr(0, k_most) + "...";
}

/// "/data/key" as a conflict report of Kubernetes has it: ".data.key".
std::string field_path(const std::string& pointer) {
  std::string path;
  for (std::size_t at = 0; at < pointer.size(); ++at) {
    const bool escape = pointer[at] == '~' && at + 1 < pointer.size();
    path.push_back(pointer[at] == '/' ? '.' : !escape ? pointer[at] : pointer[++at] == '1' ? '/' : '~');
  }
  return path;
}

/// A field that is not as the run left it.
Problem changed_since(const JournalEntry& entry, const FieldChange& field, const Json& live) {
  const std::optional<FieldManager> manager = other_manager(live, field.pointer);
  const std::string who =
      manager ? "\"" + manager->name + "\" at " + manager->time
              : field.after.is_null() ? std::string("a manager that removed it") : "a later run of kubectl mesh";
  const bool secret = is_secret(live);
  const std::string path = field_path(field.pointer);
  const bool same = field.before == field.after;
  return refusal(entry,
                 same ? path + ": is also managed by " + who
                      : path + ": was changed by " + who + ": the run wrote " +
                            shown(field.before, secret) + ", found " + shown(field.after, secret),
                 "decide which value is right; change or delete the object by hand");
}

/// The fields of ours in which `live` is neither as the run left it nor as it was before.
/// `before`: what the run wrote, `after`: what is live.
std::vector<FieldChange> changed_fields(const JournalEntry& entry, const Json& live) {
  std::vector<FieldChange> changed;
  for (const FieldChange& field : compare(entry.wanted, live)) {
    const bool adjusted = std::find(entry.adjusted.begin(), entry.adjusted.end(), field.pointer) !=
                          entry.adjusted.end();
    if (adjusted && !later_manager(live, field.pointer)) continue;
    // compare() shows fingerprints of a Secret's values.
    const bool secret = is_secret(live);
    const Json found = secret ? find_at(live, field.pointer) : field.before;
    const Json wrote = secret ? find_at(entry.wanted, field.pointer) : field.after;
    if (!entry.before.is_null() && found == find_at(entry.before, field.pointer)) continue;
    for (FieldChange& leaf : leaves_of({field.pointer, wrote, found})) {
      changed.push_back(std::move(leaf));
    }
  }
  return changed;
}

/// The fields of ours that another manager has set since, to the same values: reverting them would
/// revert that manager's.
std::vector<FieldChange> shared_fields(const JournalEntry& entry, const Json& live) {
  const Json before = entry.before.is_null() ? Json::object() : entry.before;
  std::vector<FieldChange> shared;
  for (const FieldChange& field : edited_fields(before, entry.wanted)) {
    const bool leaf = !field.after.is_null() && !field.after.is_array() &&
                      !field.pointer.starts_with("/metadata/name");
    if (leaf && later_manager(live, field.pointer)) {
      shared.push_back({field.pointer, field.after, field.after});
    }
  }
  return shared;
}

Action action_for(const JournalEntry& entry, ActionType type, int phase, std::string reason) {
  Action action;
  action.type = type;
  action.cluster = entry.cluster;
  action.phase = phase;
  action.reason = std::move(reason);
  action.target = entry.ref;
  action.undoes = entry.number;
  return action;
}

// What a namespace may hold and still count as empty: what Kubernetes and istiod put into every
// one.
constexpr std::array<const char*, 4> k_always_there{"kube-root-ca.crt", "istio-ca-root-cert",
                                                    "istio-ca-crl", "default"};
constexpr std::array<std::pair<const char*, const char*>, 6> k_inhabitants{
    {{"v1", "Pod"},
     {"v1", "Service"},
     {"v1", "Secret"},
     {"v1", "ConfigMap"},
     {"v1", "ServiceAccount"},
     {"apps/v1", "Deployment"}}};

/// Deleting a namespace deletes all that others put there meanwhile: it is undone only when nothing
/// but `leaving` is in it.
std::vector<std::string> inhabitants(const std::string& cluster, const std::string& name_space,
                                     const std::vector<Action>& leaving, Fleet& fleet) {
  std::vector<Read> reads;
  for (const auto& [version, kind] : k_inhabitants) {
    reads.push_back(
        {.cluster = cluster, .object = {version, kind, name_space, ""}, .labels = {}, .next = {}});
  }
  std::vector<std::string> found;
  const std::vector<ReadResult> results = fleet.read(reads);
  for (std::size_t index = 0; index < reads.size(); ++index) {
    if (results[index].problem) throw Failure(*results[index].problem);
    for (const Json& item : lookup::list(results[index].object, "/items")) {
      const ObjectRef ref{reads[index].object.api_version, reads[index].object.kind, name_space,
                          metadata_text(item, "name")};
      const bool usual =
          std::find(k_always_there.begin(), k_always_there.end(), ref.name) != k_always_there.end();
      const bool ends = !metadata_text(item, "deletionTimestamp").empty();
      const bool goes_too = std::any_of(leaving.begin(), leaving.end(), [&](const Action& action) {
        return action.type == ActionType::remove && action.cluster == cluster && action.target == ref;
      });
      if (!usual && !ends && !goes_too) found.push_back(to_string(ref));
    }
  }
  return found;
}

bool writes_object(const JournalEntry& entry) {
  return !entry.ref.name.empty() && entry.type != ActionType::restart;
}

/// Two writes of a run to one object as one, where they can be: how it was before the first and how
/// the last left it.
bool merge_into(JournalEntry& first, const JournalEntry& second) {
  if (first.type == ActionType::apply && second.type == ActionType::apply) {
    JournalEntry both = second;
    both.before = first.before;
    both.change = first.change;
    both.readable = first.readable && second.readable;
    first = std::move(both);
    return true;
  }
  if (first.type == ActionType::apply && first.change == Change::create &&
      second.type == ActionType::remove) {
    first.change = Change::leave;
    return true;
  }
  if (first.type == ActionType::edit && second.type == ActionType::edit) {
    std::vector<FieldChange> fields = first.fields;
    for (const FieldChange& field : second.fields) {
      const auto same = std::find_if(fields.begin(), fields.end(), [&](const FieldChange& other) {
        return other.pointer == field.pointer;
      });
      if (same == fields.end()) {
        fields.push_back(field);
      } else {
        same->after = field.after;
      }
    }
    JournalEntry both = second;
    both.fields = std::move(fields);
    both.readable = first.readable && second.readable;
    first = std::move(both);
    return true;
  }
  if (first.type == ActionType::edit && second.type == ActionType::remove) {
    JournalEntry both = second;
    both.before = revert_fields(first.fields, second.before).object;
    first = std::move(both);
    return true;
  }
  return false;
}

/// What is still to be undone, newest first.
std::vector<JournalEntry> newest_first(const std::vector<JournalEntry>& entries) {
  std::vector<JournalEntry> merged;
  for (const JournalEntry& entry : entries) {
    if (entry.change == Change::leave || entry.undone) continue;
    const auto same = std::find_if(merged.rbegin(), merged.rend(), [&](const JournalEntry& other) {
      return writes_object(entry) && writes_object(other) && other.cluster == entry.cluster &&
             other.ref == entry.ref;
    });
    if (same == merged.rend() || !merge_into(*same, entry)) merged.push_back(entry);
  }
  std::erase_if(merged, [](const JournalEntry& entry) { return entry.change == Change::leave; });
  std::stable_sort(merged.begin(), merged.end(), [](const JournalEntry& a, const JournalEntry& b) {
    return std::tie(b.round, b.phase, b.number) < std::tie(a.round, a.phase, a.number);
  });
  return merged;
}

class UndoPlan {
 public:
  UndoPlan(const std::vector<JournalEntry>& entries, Restarts restarts, std::string title,
           Fleet& fleet)
      : m_all(entries), m_entries(newest_first(entries)), m_restarts(restarts), m_fleet(fleet) {
    m_plan.title = std::move(title);
  }

  Plan make() {
    require_clusters();
    if (!m_plan.refusals.empty()) return std::move(m_plan);
    m_programs = std::any_of(m_entries.begin(), m_entries.end(), [](const JournalEntry& entry) {
      return entry.type == ActionType::run && entry.undo;
    });
    add_entries();
    if (m_programs) {
      defer();
    } else {
      delete_leftovers();
      delete_namespaces();
    }
    return std::move(m_plan);
  }

 private:
  /// The names of contexts may mean other clusters by now, or some may not have been named.
  void require_clusters() {
    std::set<std::string> checked;
    for (const JournalEntry& entry : m_entries) {
      if (entry.cluster.empty() || !checked.insert(entry.cluster).second) continue;
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
      Problem problem = refusal(entry, "", "point the context to the cluster that the run wrote to");
      problem.message = entry.cluster + ": the context is another cluster now, or the cluster was "
                        "rebuilt; nothing of it is undone";
      m_plan.refusals.push_back(std::move(problem));
    }
  }

  void add_entries() {
    std::vector<JournalEntry> restarted;
    const JournalEntry* last = nullptr;
    for (const JournalEntry& entry : m_entries) {
      if (last != nullptr && last->round != entry.round) add_restarts(restarted);
      if (last != nullptr && (last->round != entry.round || last->phase != entry.phase)) ++m_phase;
      last = &entry;
      if (entry.type == ActionType::restart) {
        restarted.push_back(entry);
      } else {
        add(entry);
      }
    }
    add_restarts(restarted);
    ++m_phase;
  }

  void add(const JournalEntry& entry) {
    if (!entry.readable) return unreadable(entry);
    if (entry.type == ActionType::store) return restore_file(entry);
    if (entry.type == ActionType::run) return undo_program(entry);
    const ReadResult live = m_fleet.snapshot(entry.cluster, entry.ref);
    if (live.problem) throw Failure(*live.problem);
    if (entry.type == ActionType::remove) return recreate(entry, live);
    if (!live.found) return;  // deleted already
    if (entry.type == ActionType::edit) return revert_edit(entry, live.object);
    if (entry.type == ActionType::apply) revert_apply(entry, live.object);
  }

  void revert_apply(const JournalEntry& entry, const Json& live) {
    if (entry.done && metadata_text(live, "uid") != entry.uid) {
      m_plan.refusals.push_back(refusal(entry, "was deleted and created again since",
                                        "check it, then delete it by hand"));
      return;
    }
    const bool created = entry.change == Change::create;
    if (!entry.done && never_arrived(entry, live)) return;
    std::vector<FieldChange> changed = changed_fields(entry, live);
    if (changed.empty()) changed = shared_fields(entry, live);
    for (const FieldChange& field : changed) {
      m_plan.refusals.push_back(changed_since(entry, field, live));
    }
    if (!changed.empty()) return;
    if (created) return remove_created(entry, live);
    Action action =
        action_for(entry, ActionType::apply, m_phase, "back to what was applied before the run");
    action.target = {};
    action.object = entry.before;
    m_plan.actions.push_back(std::move(action));
  }

  /// Whether the write that a killed run had begun did not reach the server.
  static bool never_arrived(const JournalEntry& entry, const Json& live) {
    if (entry.change == Change::create) return field_owners(live).ours.empty();
    return !compare(entry.wanted, live).empty();
  }

  void remove_created(const JournalEntry& entry, const Json& live) {
    Action action = action_for(entry, ActionType::remove, m_phase, "the run created it");
    action.precondition = {{"/metadata/uid", metadata_text(live, "uid")}};
    if (entry.ref.kind == "Namespace") {
      m_namespaces.push_back(std::move(action));
    } else {
      m_plan.actions.push_back(std::move(action));
    }
  }

  void revert_edit(const JournalEntry& entry, const Json& live) {
    const Reverted reverted = revert_fields(entry.fields, live);
    std::vector<FieldChange> conflicts = reverted.conflicting;
    for (const FieldChange& field : entry.fields) {
      const bool taken_over = !field.after.is_null() && find_at(live, field.pointer) == field.after &&
                              later_manager(live, field.pointer).has_value();
      if (taken_over) conflicts.push_back({field.pointer, field.after, field.after});
    }
    for (const FieldChange& field : conflicts) {
      m_plan.refusals.push_back(changed_since(entry, field, live));
    }
    if (!conflicts.empty() || reverted.object == live) return;
    edit(entry, live, reverted.object, "back to what it was before the run");
  }

  void edit(const JournalEntry& entry, const Json& live, const Json& wanted, const char* reason) {
    Action action = action_for(entry, ActionType::edit, m_phase, reason);
    action.patch = Json::diff(live, wanted);
    action.precondition = {{"/metadata/uid", metadata_text(live, "uid")}};
    m_plan.actions.push_back(std::move(action));
  }

  void recreate(const JournalEntry& entry, const ReadResult& live) {
    if (live.found && !entry.done) return;  // the delete of a killed run never arrived
    if (live.found) {
      const auto manager = other_manager(live.object, "/metadata");
      m_plan.refusals.push_back(refusal(
          entry, "exists again" + (manager ? ", last changed by \"" + manager->name + "\" at " + manager->time
                                           : std::string()),
          "check it, then change or delete it by hand"));
      return;
    }
    Action action = action_for(entry, ActionType::apply, m_phase, "the run deleted it");
    action.target = {};
    action.object = entry.before;
    m_plan.actions.push_back(std::move(action));
  }

  void restore_file(const JournalEntry& entry) {
    const std::filesystem::path path(entry.file);
    if (entry.before.is_null()) {
      m_plan.notes.push_back({Severity::info, "", entry.file + " stays: the run created it"});
      return;
    }
    const std::optional<std::string> found = read_private_file(path);
    if (found && *found == entry.before) return;
    if (found && *found != entry.wanted) {
      m_plan.refusals.push_back({.code = "refused",
                                 .message = entry.file + " was changed since",
                                 .hint = "check it, then restore it by hand"});
      return;
    }
    Action action = action_for(entry, ActionType::store, 0, "back to what it was before the run");
    action.target = {};
    action.file = {.folder = path.parent_path().string(),
                   .name = path.filename().string(),
                   .data = entry.before.get<std::string>(),
                   .replace = true};
    m_plan.actions.push_back(std::move(action));
  }

  void undo_program(const JournalEntry& entry) {
    if (!entry.undo) {
      m_plan.notes.push_back({Severity::warning, entry.cluster,
                              entry.program + " cannot be undone: its plugin does not say how"});
      return;
    }
    if (const auto newer = newer_history(entry); !newer.empty()) {
      m_plan.refusals.push_back(
          {.code = "refused",
           .message = entry.cluster + ": " + entry.program + " " + entry.undo->arguments.front() +
                      " would undo more than the run did: " + newer + " was created since",
           .hint = "undo what was done since first, or run " + entry.program + " by hand",
           .cluster = entry.cluster});
      return;
    }
    for (const Json& object : entry.kept) {
      Action action = action_for(entry, ActionType::apply, m_phase, "the program needs it");
      action.target = {};
      action.undoes = -1;
      action.object = object;
      m_plan.actions.push_back(std::move(action));
    }
    Action action = action_for(entry, ActionType::run, m_phase, "undo what it did in the run");
    action.program = entry.program;
    action.arguments = entry.undo->arguments;
    action.input = entry.undo->input;
    action.needs = entry.undo->needs;
    action.seconds = k_program_seconds;
    m_plan.actions.push_back(std::move(action));
  }

  /// An object of the program's history that did not exist when the run ended. "": none.
  std::string newer_history(const JournalEntry& entry) {
    if (!entry.undo->history || !entry.done || entry.undoing) return "";
    for (const ObjectRef& ref : select(*entry.undo->history, entry.cluster, m_fleet)) {
      const bool known =
          std::find(entry.history.begin(), entry.history.end(), key_of(ref)) != entry.history.end();
      if (!known) return to_string(ref);
    }
    return "";
  }

  void add_restarts(std::vector<JournalEntry>& restarted) {
    if (restarted.empty()) return;
    ++m_phase;
    for (const JournalEntry& entry : restarted) {
      const ReadResult live = m_fleet.snapshot(entry.cluster, entry.ref);
      if (live.problem) throw Failure(*live.problem);
      if (!live.found) continue;
      if (m_restarts == Restarts::roll_back) {
        roll_back(entry, live.object);
      } else {
        restart_again(entry);
      }
    }
    restarted.clear();
  }

  /// The pods of before need no start: their ReplicaSet still has them, or makes them again.
  void roll_back(const JournalEntry& entry, const Json& live) {
    Json wanted = live;
    const Json::json_pointer stamp(k_restarted_at);
    if (find_at(live, k_restarted_at) == entry.before) return;
    if (entry.before.is_null()) {
      wanted[stamp.parent_pointer()].erase(stamp.back());
    } else {
      wanted[stamp] = entry.before;
    }
    edit(entry, live, wanted, "back to the pods of before the restart");
    Action wait = action_for(entry, ActionType::wait, m_phase, "the pods of before serve again");
    wait.until = Until::rollout;
    wait.seconds = k_rollout_seconds;
    m_plan.actions.push_back(std::move(wait));
  }

  void restart_again(const JournalEntry& entry) {
    m_plan.notes.push_back({Severity::warning, entry.cluster,
                            "the restart of " + to_string(entry.ref) +
                                " cannot be undone; it is restarted again to take up what is undone"});
    Action action = action_for(entry, ActionType::restart, m_phase, "take up what was undone");
    action.seconds = k_rollout_seconds;
    m_plan.actions.push_back(std::move(action));
  }

  /// What programs leave, and namespaces that still hold their objects, can be judged only when
  /// they have ended.
  void defer() {
    m_plan.continues = true;
    for (const Action& action : m_namespaces) {
      m_plan.notes.push_back({Severity::info, action.cluster,
                              "then " + to_string(action.target) + ", if nothing else is in it"});
    }
    std::set<std::pair<std::string, std::string>> told;
    for (const JournalEntry& entry : m_entries) {
      if (entry.type != ActionType::run || !entry.undo) continue;
      for (const ObjectSelection& selection : entry.undo->leaves) {
        const std::string what = entry.program + " leaves of kind " + selection.kind.kind;
        if (!told.emplace(entry.cluster, what).second) continue;
        m_plan.notes.push_back({Severity::info, entry.cluster,
                                "then what " + what +
                                    ", if the run created it and nothing else uses it"});
      }
    }
  }

  void delete_leftovers() {
    std::set<std::string> planned;
    for (const JournalEntry& entry : m_all) {
      if (entry.type != ActionType::run || !entry.undo || entry.change == Change::leave) continue;
      for (const ObjectSelection& selection : entry.undo->leaves) {
        for (const ObjectRef& ref : select(selection, entry.cluster, m_fleet)) {
          const std::string key = key_of(ref);
          const bool existed =
              std::find(entry.existing.begin(), entry.existing.end(), key) != entry.existing.end();
          if (!existed && planned.insert(entry.cluster + " " + key).second) delete_leftover(entry, ref);
        }
      }
    }
    ++m_phase;
  }

  void delete_leftover(const JournalEntry& entry, const ObjectRef& ref) {
    if (const std::string user = used_by(ref, entry.cluster, m_fleet); !user.empty()) {
      m_plan.notes.push_back(
          {Severity::info, entry.cluster, to_string(ref) + " stays: " + user + " is of its kind"});
      return;
    }
    Action action = action_for(entry, ActionType::remove, m_phase, entry.program + " leaves it");
    action.target = ref;
    action.undoes = -1;
    m_plan.actions.push_back(std::move(action));
  }

  void delete_namespaces() {
    for (Action& action : m_namespaces) {
      const auto others =
          inhabitants(action.cluster, action.target.name, m_plan.actions, m_fleet);
      if (!others.empty()) {
        m_plan.notes.push_back({Severity::info, action.cluster,
                                to_string(action.target) + " stays: it holds " + others.front() +
                                    (others.size() > 1 ? " and more" : "")});
        continue;
      }
      action.phase = m_phase;
      Action wait = action;
      wait.type = ActionType::wait;
      wait.until = Until::gone;
      wait.reason = "its content is deleted with it";
      wait.precondition = Json::object();
      wait.seconds = k_namespace_seconds;
      m_plan.actions.push_back(std::move(action));
      m_plan.actions.push_back(std::move(wait));
    }
  }

  void unreadable(const JournalEntry& entry) {
    Problem problem = refusal(entry, "", "restore it from a backup, or let the concern make a new one");
    problem.message = (entry.ref.name.empty() ? entry.file : name_of(entry)) +
                      " cannot be restored: its values are encrypted with a key that is not on this "
                      "machine, or no longer";
    m_plan.refusals.push_back(std::move(problem));
  }

  const std::vector<JournalEntry>& m_all;
  std::vector<JournalEntry> m_entries;
  Restarts m_restarts;
  Fleet& m_fleet;
  Plan m_plan;
  std::vector<Action> m_namespaces;  ///< deletions, when nothing else is in them
  int m_phase = 0;
  bool m_programs = false;  ///< some are to be run first
};

}  // namespace

Plan plan_undo(const Journal& journal, Fleet& fleet) {
  const std::vector<JournalEntry> entries = journal.entries();
  return UndoPlan(entries, Restarts::again,
                  "Undo run " + journal.run() + " (" + journal.command() + ")", fleet)
      .make();
}

Plan plan_revert(const std::vector<JournalEntry>& entries, Fleet& fleet) {
  return UndoPlan(entries, Restarts::roll_back, "Revert what was not proven", fleet).make();
}

}  // namespace mesh
