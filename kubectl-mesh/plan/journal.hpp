#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "mesh/documents.hpp"
#include "plan/diff.hpp"

namespace mesh {

/// One write as the journal remembers it: what has to be known to undo just this.
struct JournalEntry {
  int number = 0;  ///< of the step in the run
  int round = 0;   ///< how many plans the run had carried out before this one
  int phase = 0;
  std::string cluster;  ///< empty for `store`
  std::string cluster_uid;
  ActionType type = ActionType::apply;
  ObjectRef ref;  ///< empty name for run and store
  Change change = Change::leave;

  Json wanted;  ///< apply: the object as it was applied
  /// apply: as kubectl-mesh had applied it before, null if the run created it. delete: the object.
  /// store: the file's text, null if there was none. restart: the stamp of an earlier restart.
  Json before;
  std::vector<FieldChange> fields;    ///< edit
  std::string file;                   ///< store: absolute path
  std::string program;                ///< run
  std::optional<ProgramUndo> undo;    ///< run; nullopt: it cannot be undone
  std::vector<Json> kept;             ///< run: the objects that `undo` restores
  std::vector<std::string> existing;  ///< run: what `undo` would delete, but was there before
  bool readable = true;  ///< false: this machine lacks the key to the values of a Secret

  std::string uid;                    ///< of the object after the write
  std::vector<std::string> adjusted;  ///< apply: fields that admission changed on their way
  std::vector<std::string> history;   ///< run: what `undo` selects as its history, afterwards
  bool done = false;                  ///< false: begun, outcome unknown
  bool unproven = false;  ///< reverted if the run ends before the proof of it has succeeded
  bool undoing = false, undone = false;
};

/// A name for a run, "20261123-201500-042-4f2a": names sort by time, also within a second.
std::string new_run();

/// A run's record: one JSON line before and one after each write, 0600 under XDG_STATE_HOME. The
/// line before is on the disk when the write goes out; the one after outlives the process at once,
/// and a machine that loses power with the next line before or the run's end: a write whose outcome
/// was lost counts as one whose outcome is unknown. Thread-safe. Values of Secrets and stored files
/// are encrypted (see plan/seal.hpp and SECURITY.md).
class Journal {
 public:
  /// `command` is the shown command line, without secrets. Held until the object is destroyed.
  static Journal begin(const std::string& command, const std::string& run = new_run());
  static Journal open(const std::string& run);  ///< "": the newest that stands and is no undo
                                                ///< itself. Throws Failure("invalid-input").
  /// Runs that neither ended nor go on, and have left writes that were still to be proven; newest
  /// first, and held.
  static std::vector<Journal> interrupted();
  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;
  ~Journal();

  /// Keeps other processes from undoing this run meanwhile. Throws Failure("refused") if one does,
  /// or if the run still goes on.
  void hold();

  void before(const JournalEntry& entry);
  void after(const JournalEntry& entry);
  /// The writes with these numbers work as they should.
  void proven(const std::vector<int>& numbers);
  void undoing(int number);
  void undone(int number);
  void end(int exit_code);
  /// The whole run was undone; the key of its Secrets is removed.
  void mark_undone();

  /// Whether mark_undone() was called, by any process.
  bool is_undone() const;
  const std::string& run() const;  ///< as new_run() has it
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
  bool is_undo = false;  ///< it undid another run
};
/// The runs, newest first, and the files of the folder that are the journal of none.
struct RunList {
  std::vector<RunSummary> runs;
  std::vector<Problem> odd;  ///< each names its file, which is left as it is
};
RunList list_runs();

}  // namespace mesh
