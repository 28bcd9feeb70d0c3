#include "plan/executor.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>

#include "base/parallel.hpp"
#include "plan/apply_step.hpp"
#include "plan/object.hpp"

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
  }

  Execution all() {
    // What must be found again after a crash is stored before any cluster hears of it.
    if (!lane(lane_of([](const Step& step) { return step.action.type == ActionType::store; }))) {
      return finish();
    }
    for (const int phase : phases()) {
      if (!whole_phase(phase)) break;
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

  /// All clusters at once, each in order; one that fails stops, the others go on. false: some
  /// failed.
  bool whole_phase(int phase) {
    std::set<std::string> clusters;
    for (const Step& step : m_steps) {
      if (step.action.type != ActionType::store) clusters.insert(step.action.cluster);
    }
    std::vector<Lane> lanes;
    for (const std::string& cluster : clusters) {
      lanes.push_back(lane_of([&](const Step& step) {
        return step.action.cluster == cluster && step.action.phase == phase;
      }));
    }
    std::atomic<bool> good{true};
    parallel_for(lanes.size(), std::max<std::size_t>(1, m_fleet.width()), [&](std::size_t at) {
      if (!lane(lanes[at])) good = false;
    });
    return good;
  }

  bool lane(const Lane& indices) {
    for (const std::size_t index : indices) {
      if (stop_requested()) return false;
      if (!one(index)) return false;
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
    if (result.outcome != Outcome::failed) return true;
    if (step.action.revert && !stop_requested()) revert_before(index);
    return false;
  }

  /// A proof has failed: the steps of its cluster and phase are taken back, newest first.
  void revert_before(std::size_t proof) {
    const Step& failed = m_steps[proof];
    Problem& problem = *m_execution.results[proof].problem;
    std::vector<JournalEntry> entries;
    std::vector<std::size_t> restarted;
    for (std::size_t index = 0; index < proof; ++index) {
      const Step& step = m_steps[index];
      const bool here =
          step.action.cluster == failed.action.cluster && step.action.phase == failed.action.phase;
      if (!here || m_execution.results[index].outcome != Outcome::done) continue;
      if (step.action.type == ActionType::restart) restarted.push_back(index);
      if (!m_entries[index].ref.name.empty()) entries.push_back(m_entries[index]);
    }
    try {
      take_back(entries);
      for (const std::size_t index : restarted) apply_step(m_steps[index], m_fleet, DryRun::none);
      problem.message += "; what was written for it was taken back";
    } catch (const Failure& failure) {
      problem.message += "; taking it back failed: " + failure.problem().message;
    }
  }

  void take_back(const std::vector<JournalEntry>& entries) {
    const Plan plan = plan_undo(entries, "take back", m_fleet);
    if (!plan.refusals.empty()) throw Failure(plan.refusals.front());
    for (const Step& step : diff(plan, m_fleet)) {
      if (step.change != Change::leave) apply_step(step, m_fleet, DryRun::none);
      m_fleet.forget(step.action.cluster, step.ref);
    }
    for (JournalEntry entry : entries) {
      const auto index = static_cast<std::size_t>(entry.number - m_options.first_number);
      m_execution.results[index].outcome = Outcome::reverted;
      entry.change = Change::leave;
      if (m_journal != nullptr) m_journal->after(entry);
    }
  }

  void carry_out(std::size_t index, StepResult& result) {
    const bool real = m_options.dry_run == DryRun::none;
    JournalEntry entry = begin(index);
    StepEffect effect;
    try {
      effect = apply_step(m_steps[index], m_fleet, m_options.dry_run, m_options.ask);
    } catch (const UnclearFailure&) {
      if (real) m_wrote = true;
      throw;
    }
    if (effect.changed && real) m_wrote = true;
    end(entry, effect);
    m_entries[index] = entry;
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
    entry.number = m_options.first_number + static_cast<int>(index);
    entry.cluster = step.action.cluster;
    const auto identity = m_identities.known.find(step.action.cluster);
    if (identity != m_identities.known.end()) entry.cluster_uid = identity->second.uid;
    entry.ref = step.ref;
    entry.change = step.change;
    entry.before = step.live;
    if (m_journal != nullptr && !step.ref.name.empty()) m_journal->before(entry);
    return entry;
  }

  void end(JournalEntry& entry, const StepEffect& effect) {
    if (entry.ref.name.empty()) return;
    m_fleet.remember(entry.cluster, entry.ref, effect.object);
    entry.done = true;
    if (!effect.changed) entry.change = Change::leave;
    if (!effect.object.is_null()) {
      entry.after_resource_version = metadata_text(effect.object, "resourceVersion");
      entry.after_uid = metadata_text(effect.object, "uid");
      entry.after_hash = content_hash(effect.object);
    }
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
  std::vector<JournalEntry> m_entries;  ///< of the steps that were carried out
  std::atomic<bool> m_wrote{false};
  std::mutex m_listener_mutex;
};

}  // namespace

Execution execute(const std::vector<Step>& steps, Fleet& fleet, const Identities& identities,
                  Journal* journal, const ExecutorOptions& options) {
  return Run(steps, fleet, identities, journal, options).all();
}

}  // namespace mesh
