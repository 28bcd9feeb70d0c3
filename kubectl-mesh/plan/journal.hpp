#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "mesh/documents.hpp"
#include "plan/diff.hpp"

namespace mesh {

/// One write, as the journal remembers it.
struct JournalEntry {
  int number = 0;  ///< of the step in the run
  std::string cluster;
  std::string cluster_uid;
  ObjectRef ref;
  Change change = Change::leave;
  Json before;             ///< as it was, Secrets' data left out; null: absent
  bool restorable = true;  ///< false: `before` lacks Secret data, undo must refuse
  std::string after_resource_version, after_uid;  ///< empty: begun, outcome unknown
  std::string after_hash;  ///< of the written object without volatile metadata
  bool done = false;
};

/// A run's record: one JSON line before and one after each write, 0600 under XDG_STATE_HOME, synced
/// before the write goes out. Thread-safe. Private values of Secrets are never in it: what can only
/// be restored from them is marked as not restorable (see SECURITY.md).
class Journal {
 public:
  /// `command` is the shown command line, without secrets.
  static Journal begin(const std::string& command);
  static Journal open(
      const std::string& run);  ///< "" : the newest. Throws Failure("invalid-input").
  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;
  ~Journal();

  void before(const JournalEntry& entry);
  void after(const JournalEntry& entry);
  void end(int exit_code);
  /// The run was taken back.
  void mark_undone();

  const std::string& run() const;  ///< "20261123-201500-042-4f2a"
  std::vector<JournalEntry> entries() const;
  std::string command() const;

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> m_state;
};

struct RunSummary {
  std::string run, command, started;
  int writes = 0;
  bool ended = false, undone = false;
};
std::vector<RunSummary> list_runs();

/// A plan that takes `journal`'s run back, newest write first. What somebody else changed since is
/// a refusal.
Plan plan_undo(const Journal& journal, Fleet& fleet);
/// The same for writes of a run that still goes on.
Plan plan_undo(const std::vector<JournalEntry>& entries, const std::string& title, Fleet& fleet);

}  // namespace mesh
