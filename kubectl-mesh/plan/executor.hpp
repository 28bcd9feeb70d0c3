#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "plan/diff.hpp"
#include "plan/journal.hpp"
#include "plan/preflight.hpp"

namespace mesh {

enum class Outcome {
  done,
  unchanged,
  failed,
  not_started,
  reverted,  ///< done, and reverted because it could not be proven
};

struct StepResult {
  Outcome outcome = Outcome::not_started;
  std::optional<Problem> problem;
};

/// Told of each step as it begins and ends; called from many threads, one at a time.
using StepListener = std::function<void(const Step&, const StepResult*)>;

/// Asks an extension, for `prove`; called from many threads.
using Asker =
    std::function<Json(const std::string& extension, const std::string& verb, const Json& request)>;

struct ExecutorOptions {
  DryRun dry_run = DryRun::none;
  StepListener listener;
  Asker ask;
  /// Called before each write to a cluster, from many threads; throws Failure if nothing may be
  /// written there any more. May be empty.
  std::function<void(const std::string& cluster)> before_write{};
  int first_number = 0;  ///< of the journal's entries: a run may carry several plans out
  int round = 0;         ///< how many plans the run has carried out before this one
};

struct Execution {
  std::vector<StepResult> results;  ///< one per step
  bool wrote = false;
  std::vector<Problem> problems{};  ///< what ended the run between two steps
};

/// Carries steps out: `store` first, then phase by phase; within a phase clusters run in parallel
/// and each in order. A cluster that fails stops there; the others finish the phase; no later phase
/// begins, nor if somebody has changed meanwhile what this one wrote. Each write is journalled
/// before and after. Until a proof with `revert` has succeeded, the writes before it in its cluster
/// and phase are reverted by whatever stops the run there: a failure of any step, an interrupt, or,
/// by the next run, a kill. `journal` may be null for a dry run.
Execution execute(const std::vector<Step>& steps, Fleet& fleet, const Identities& identities,
                  Journal* journal, const ExecutorOptions& options);

/// Reverts these writes, newest first, and marks them in `journal`, which may be null. Throws
/// Failure if one of them cannot be reverted; nothing is reverted then, or it is the cluster's
/// fault.
void revert_entries(const std::vector<JournalEntry>& entries, Fleet& fleet, Journal* journal);

}  // namespace mesh
