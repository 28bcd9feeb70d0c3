#include "plan/executor.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "base/cancel.hpp"
#include "base/parallel.hpp"
#include "plan/apply_step.hpp"
#include "plan/lost_writes.hpp"
#include "plan/record.hpp"
#include "plan/undo.hpp"

namespace mesh {

namespace {

/// Steps of one cluster in one phase, in the order of the plan.
using Lane = std::vector<std::size_t>;

class Run {
 public:
  Run(const std::vector<Step>& steps, Fleet& fleet, const Identities& identities, Journal* journal,
      const ExecutorOptions& options)
      : m_steps(steps),
        m_fleet(fleet),
        m_identities(identities),
        m_journal(journal),
        m_options(options) {
    m_execution.results.resize(steps.size());
    m_entries.resize(steps.size());
    for (std::size_t index = 0; index < steps.size(); ++index) {
      const Action& action = steps[index].action;
      if (action.type == ActionType::prove && action.revert)
        m_proofs[{action.cluster, action.phase}] = index;
    }
  }

  Execution all() {
    // What must be found again after a crash is stored before any cluster hears of it.
    if (!lane(lane_of([](const Step& step) { return step.action.type == ActionType::store; }))) {
      return finish();
    }
    for (const int phase : phases()) {
      if (!whole_phase(phase) || !is_still_there(phase)) break;
    }
    return finish();
  }

 private:
  template <typename Wanted>
  Lane lane_of(const Wanted& wanted) const {
    Lane indices;
    for (std::size_t index = 0; index < m_steps.size(); ++index) {
      if (wanted(m_steps[index])) indices.push_back(index);
    }
    return indices;
  }

  std::set<int> phases() const {
    std::set<int> numbers;
    for (const Step& step : m_steps) {
      if (step.action.type != ActionType::store) numbers.insert(step.action.phase);
    }
    return numbers;
  }

  /// All clusters at once, each in order; one that fails stops, the others go on. Then what is
  /// about none of them: proofs of what all have brought about. false: some failed.
  bool whole_phase(int phase) {
    std::set<std::string> clusters;
    for (const Step& step : m_steps) {
      if (!step.action.cluster.empty()) clusters.insert(step.action.cluster);
    }
    std::vector<Lane> lanes;
    lanes.reserve(clusters.size());
    for (const std::string& cluster : clusters) lanes.push_back(lane_in(phase, cluster));
    std::atomic<bool> good{true};
    parallel_for(lanes.size(), std::max<std::size_t>(1, m_fleet.width()), [&](std::size_t at) {
      if (!lane(lanes[at])) good = false;
    });
    return good && lane(lane_in(phase, ""));
  }

  Lane lane_in(int phase, const std::string& cluster) const {
    return lane_of([&](const Step& step) {
      return step.action.type != ActionType::store && step.action.cluster == cluster &&
             step.action.phase == phase;
    });
  }

  /// Whether what the phase has written is there when it has ended on all clusters.
  bool is_still_there(int phase) {
    if (m_options.dry_run != DryRun::none || stop_requested()) return true;
    const Lane indices =
        lane_of([&](const Step& step) { return step.writes() && step.action.phase == phase; });
    std::vector<const JournalEntry*> written;
    for (const std::size_t index : indices) written.push_back(&m_entries[index]);
    const std::vector<std::optional<Problem>> losses = lost_writes(written, m_fleet);
    bool all = true;
    for (std::size_t at = 0; at < indices.size(); ++at) {
      if (!losses[at]) continue;
      StepResult& result = m_execution.results[indices[at]];
      result = {.outcome = Outcome::failed, .problem = losses[at]};
      announce(m_steps[indices[at]], &result);
      all = false;
    }
    return all;
  }

  /// One that stops, for whatever reason, before a proof that reverts has succeeded: what it wrote
  /// for this proof is reverted.
  bool lane(const Lane& indices) {
    std::vector<int> unproven;
    for (const std::size_t index : indices) {
      if (stop_requested() || !one(index)) {
        if (!unproven.empty()) revert(indices, index);
        return false;
      }
      const Step& step = m_steps[index];
      if (step.action.type == ActionType::prove && step.action.revert) {
        if (m_journal != nullptr && !unproven.empty()) m_journal->proven(unproven);
        unproven.clear();
      } else if (m_entries[index].unproven) {
        unproven.push_back(m_entries[index].number);
      }
    }
    return true;
  }

  bool one(std::size_t index) {
    const Step& step = m_steps[index];
    StepResult& result = m_execution.results[index];
    if (step.change == Change::leave) {
      result.outcome = Outcome::unchanged;
      return true;
    }
    announce(step, nullptr);
    try {
      carry_out(index, result);
    } catch (const Failure& failure) {
      result.outcome = is_only_future(step, failure) ? Outcome::done : Outcome::failed;
      if (result.outcome == Outcome::failed) result.problem = failure.problem();
    } catch (const std::exception& error) {
      // What one cluster answers must not end the work on the others.
      result.outcome = Outcome::failed;
      result.problem = unexpected(step, error);
    }
    announce(step, &result);
    return result.outcome != Outcome::failed;
  }

  /// Whether a proof that reverts comes after this step in its cluster and phase.
  bool is_to_be_proven(std::size_t index) const {
    const Action& action = m_steps[index].action;
    const auto proof = m_proofs.find({action.cluster, action.phase});
    return proof != m_proofs.end() && index < proof->second;
  }

  /// What the lane has written for the proof is reverted, newest first. An interrupt does not stop
  /// this: it came in the middle of something that must not stay half done.
  void revert(const Lane& indices, std::size_t stopped_at) {
    const StopShield shield;
    std::vector<JournalEntry> entries;
    for (const std::size_t index : indices) {
      if (m_entries[index].unproven) entries.push_back(m_entries[index]);
    }
    StepResult& result = m_execution.results[stopped_at];
    if (!result.problem) {
      result.outcome = Outcome::failed;
      result.problem = {.code = "cancelled",
                        .message = m_steps[stopped_at].action.cluster + ": interrupted",
                        .hint = {},
                        .cluster = m_steps[stopped_at].action.cluster,
                        .object = {}};
    }
    Problem& problem = *result.problem;
    try {
      revert_entries(entries, m_fleet, m_journal);
      for (const std::size_t index : indices) {
        Outcome& outcome = m_execution.results[index].outcome;
        if (m_entries[index].unproven && outcome == Outcome::done) outcome = Outcome::reverted;
      }
      problem.message += "; what this step had changed was reverted";
    } catch (const Failure& failure) {
      problem.message +=
          "; failed to revert what this step had changed: " + failure.problem().message;
      if (problem.hint.empty()) problem.hint = failure.problem().hint;
    }
  }

  void carry_out(std::size_t index, StepResult& result) {
    const bool real = m_options.dry_run == DryRun::none;
    if (real && m_options.before_write && m_steps[index].writes())
      m_options.before_write(m_steps[index].action.cluster);
    JournalEntry& entry = m_entries[index];
    entry = begin(index);
    StepEffect effect;
    try {
      effect = apply_step(m_steps[index], m_fleet, m_options.dry_run, m_options.ask);
    } catch (const UnclearFailure&) {
      if (real) m_wrote = true;
      throw;
    }
    if (effect.changed && real) m_wrote = true;
    end(entry, m_steps[index], effect);
    // A wait and a proof change nothing, and are done all the same.
    const bool acted = effect.changed || m_steps[index].change == Change::act;
    result.outcome = acted ? Outcome::done : Outcome::unchanged;
  }

  static Problem unexpected(const Step& step, const std::exception& error) {
    Problem problem;
    problem.code = "internal";
    problem.message = step.action.cluster + ": this is a bug of ours: " + error.what();
    problem.cluster = step.action.cluster;
    return problem;
  }

  /// A server dry run cannot find a namespace that the same plan creates.
  bool is_only_future(const Step& step, const Failure& failure) const {
    if (m_options.dry_run != DryRun::server || failure.problem().code != "missing") return false;
    return std::any_of(m_steps.begin(), m_steps.end(), [&](const Step& other) {
      return other.action.cluster == step.action.cluster && other.change == Change::create &&
             other.ref.kind == "Namespace" && other.ref.name == step.ref.name_space;
    });
  }

  JournalEntry begin(std::size_t index) {
    const Step& step = m_steps[index];
    JournalEntry entry;
    if (!is_undoable(step) || m_options.dry_run != DryRun::none) return entry;
    entry = entry_before(step, m_fleet);
    entry.number = m_options.first_number + static_cast<int>(index);
    entry.round = m_options.round;
    const auto identity = m_identities.known.find(step.action.cluster);
    if (identity != m_identities.known.end()) entry.cluster_uid = identity->second.uid;
    entry.unproven = is_to_be_proven(index);
    if (m_journal != nullptr) m_journal->before(entry);
    return entry;
  }

  void end(JournalEntry& entry, const Step& step, const StepEffect& effect) {
    if (!step.ref.name.empty()) m_fleet.remember(step.action.cluster, step.ref, effect.object);
    if (!is_undoable(step) || m_options.dry_run != DryRun::none) return;
    complete(entry, effect.changed, effect.object, m_fleet);
    if (m_journal != nullptr) m_journal->after(entry);
  }

  void announce(const Step& step, const StepResult* result) {
    if (!m_options.listener) return;
    const std::scoped_lock lock(m_listener_mutex);
    m_options.listener(step, result);
  }

  Execution finish() {
    m_execution.wrote = m_wrote;
    return std::move(m_execution);
  }

  const std::vector<Step>& m_steps;
  Fleet& m_fleet;
  const Identities& m_identities;
  Journal* m_journal;
  const ExecutorOptions& m_options;
  Execution m_execution;
  /// By cluster and phase: the last proof that reverts.
  std::map<std::pair<std::string, int>, std::size_t> m_proofs;
  std::vector<JournalEntry> m_entries;  ///< of the steps that were carried out
  std::atomic<bool> m_wrote{false};
  std::mutex m_listener_mutex;
};

}  // namespace

void revert_entries(const std::vector<JournalEntry>& entries, Fleet& fleet, Journal* journal) {
  for (const JournalEntry& entry : entries) fleet.forget(entry.cluster, entry.ref);
  const Plan plan = plan_revert(entries, fleet);
  if (!plan.refusals.empty()) throw Failure(plan.refusals.front());
  for (const Step& step : diff(plan, fleet)) {
    const bool waits = step.action.type == ActionType::wait;
    if (step.change == Change::leave && !waits) continue;
    const StepEffect effect = apply_step(step, fleet, DryRun::none);
    fleet.remember(step.action.cluster, step.ref, effect.object);
  }
  if (journal == nullptr) return;
  for (const JournalEntry& entry : entries) journal->undone(entry.number);
}

Execution execute(const std::vector<Step>& steps, Fleet& fleet, const Identities& identities,
                  Journal* journal, const ExecutorOptions& options) {
  return Run(steps, fleet, identities, journal, options).all();
}

}  // namespace mesh
