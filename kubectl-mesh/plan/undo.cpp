#include "plan/undo.hpp"

#include <algorithm>
#include <set>

#include "base/files.hpp"
#include "mesh/lookup.hpp"
#include "plan/conflicts.hpp"
#include "plan/field_edits.hpp"
#include "plan/inhabitants.hpp"
#include "plan/managed_fields.hpp"
#include "plan/object.hpp"
#include "plan/selection.hpp"
#include "plan/undo_order.hpp"

namespace mesh {

namespace {

enum class Restarts { again, roll_back };

constexpr std::int64_t k_rollout_seconds = 180;
constexpr std::int64_t k_program_seconds = 300;
constexpr std::int64_t k_namespace_seconds = 120;

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
      Problem problem =
          refusal(entry, "", "point the context to the cluster that the run wrote to");
      problem.message = entry.cluster +
                        ": the context is another cluster now, or the cluster was "
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
    remove_edited(entry, live);
  }

  /// What the run added, and an edit of ours owns as well, does not go with the apply.
  void remove_edited(const JournalEntry& entry, const Json& live) {
    Json wanted = live;
    for (const FieldChange& field : edited_fields(entry.before, entry.wanted)) {
      const Json::json_pointer place(field.pointer);
      const bool stays =
          field.before.is_null() && live.contains(place) && is_edited_by_us(live, field.pointer);
      if (stays) wanted[place.parent_pointer()].erase(place.back());
    }
    if (wanted != live) edit(entry, live, wanted, "the run added it");
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
      const bool taken_over = !field.after.is_null() &&
                              find_at(live, field.pointer) == field.after &&
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
    const bool exists = live.found && !is_ending(live.object);
    if (exists && !entry.done) return;  // the delete of a killed run never arrived
    if (exists) {
      const auto manager = other_manager(live.object, "/metadata");
      m_plan.refusals.push_back(refusal(
          entry,
          "exists again" + (manager
                                ? ", last changed by \"" + manager->name + "\" at " + manager->time
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
                                 .hint = "check it, then restore it by hand",
                                 .cluster = {},
                                 .object = {}});
      return;
    }
    Action action = action_for(entry, ActionType::store, 0, "back to what it was before the run");
    action.target = {};
    action.file = {.folder = path.parent_path().string(),
                   .name = path.filename().string(),
                   .owner = {},
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
           .cluster = entry.cluster,
           .object = {}});
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
    m_plan.notes.push_back(
        {Severity::warning, entry.cluster,
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
      m_plan.announces.push_back(announcement_of(action));
    }
    std::set<std::pair<std::string, std::string>> told;
    for (const JournalEntry& entry : m_entries) {
      if (entry.type != ActionType::run || !entry.undo) continue;
      for (const ObjectSelection& selection : entry.undo->leaves) {
        announce(entry, selection);
        const std::string what = entry.program + " leaves of kind " + selection.kind.kind;
        if (!told.emplace(entry.cluster, what).second) continue;
        m_plan.notes.push_back(
            {Severity::info, entry.cluster,
             "then what " + what + ", if the run created it and nothing else uses it"});
      }
    }
  }

  void announce(const JournalEntry& entry, const ObjectSelection& selection) {
    Announcement announcement{.type = ActionType::remove,
                              .cluster = entry.cluster,
                              .target = selection.kind,
                              .program = {},
                              .file = {},
                              .reason = entry.program + " leaves it"};
    ObjectRef& target = announcement.target;
    const bool scoped = !selection.kind.name_space.empty();
    target.name_space = scoped ? selection.kind.name_space : "*";
    target.name = "*";
    const std::vector<std::string> any{target.name};
    for (const std::string& name : selection.names.empty() ? any : selection.names) {
      target.name = name;
      m_plan.announces.push_back(announcement);
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
          if (!existed && planned.insert(entry.cluster + " " + key).second)
            delete_leftover(entry, ref);
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
      const auto others = inhabitants(action.cluster, action.target.name, m_plan.actions, m_fleet);
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
    Problem problem =
        refusal(entry, "", "restore it from a backup, or let the concern make a new one");
    problem.message =
        (entry.ref.name.empty() ? entry.file : name_of(entry)) +
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
