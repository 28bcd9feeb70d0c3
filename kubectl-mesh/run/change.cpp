#include "run/change.hpp"

#include <algorithm>
#include <utility>

#include "run/confirmation.hpp"
#include "run/run_lock.hpp"
#include "run/unproven.hpp"

#include "base/exit_code.hpp"
#include "cli/command_of.hpp"
#include "cli/confirm.hpp"
#include "cli/document_text.hpp"
#include "cli/tree.hpp"
#include "mesh/counted.hpp"
#include "plan/executor.hpp"
#include "plan/program_lock.hpp"

namespace mesh {

namespace {

/// A plan beside the world. Its actions are in the steps, and only there: they are what is large.
struct Planned {
  Plan plan;
  std::vector<Step> steps;

  /// Phases stay in the order in which they are carried out.
  void add(Planned more) {
    int first = 0;
    for (const Step& step : steps) first = std::max(first, step.action.phase + 1);
    for (Step& step : more.steps) {
      step.action.phase += first;
      steps.push_back(std::move(step));
    }
    plan.continues = plan.continues || more.plan.continues;
    plan.notes.insert(plan.notes.end(), more.plan.notes.begin(), more.plan.notes.end());
    plan.unfinished.insert(plan.unfinished.end(), more.plan.unfinished.begin(),
                           more.plan.unfinished.end());
    plan.announces.insert(plan.announces.end(), more.plan.announces.begin(),
                          more.plan.announces.end());
    for (const std::string& line : more.plan.next) {
      if (std::find(plan.next.begin(), plan.next.end(), line) == plan.next.end()) {
        plan.next.push_back(line);
      }
    }
  }
};

Planned beside_world(Plan plan, Fleet& fleet) {
  std::vector<Step> steps = diff(std::exchange(plan.actions, {}), fleet);
  return {std::move(plan), std::move(steps)};
}

/// What cannot be planned yet is something to do, too.
bool nothing_to_do(const Planned& planned) {
  return !planned.plan.continues &&
         std::all_of(planned.steps.begin(), planned.steps.end(),
                     [](const Step& step) { return step.change == Change::leave; });
}

bool changes_objects(const std::vector<Step>& steps) {
  return std::any_of(steps.begin(), steps.end(), [](const Step& step) {
    return step.change == Change::create || step.change == Change::update ||
           step.change == Change::remove;
  });
}

/// Every problem is shown; the first one decides the status.
int refuse(const std::vector<Problem>& problems, Session& session) {
  session.quiet();
  const OutputFormat format = session.invocation().output;
  const std::string text = render_problems(problems, format, session.style());
  (format == OutputFormat::json || format == OutputFormat::yaml ? print : tell)(text);
  if (stop_requested()) return 128 + stop_signal();
  return exit_code_of(problems.front().code);
}

/// All is said and done by then: a last line that cannot be written changes nothing about it.
void close_journal(Journal& journal, int status) {
  try {
    journal.end(status);
  } catch (const Failure& failure) {
    tell("warning: " + failure.problem().message + "\n");
  }
}

bool machine_readable(OutputFormat format) {
  return format == OutputFormat::json || format == OutputFormat::yaml ||
         format == OutputFormat::name;
}

/// What was carried out, or tried, and what became of it, over all stages and rounds.
struct Record {
  Planned planned;
  Execution execution;
};

int status_of(const Record& done) {
  const std::vector<StepResult>& results = done.execution.results;
  const auto failed = std::find_if(results.begin(), results.end(), [](const StepResult& result) {
    return result.outcome == Outcome::failed;
  });
  const bool complete =
      done.execution.problems.empty() &&
      std::none_of(results.begin(), results.end(), [](const StepResult& result) {
        return result.outcome == Outcome::failed || result.outcome == Outcome::not_started;
      });
  if (complete) return k_exit_done;
  if (stop_requested()) return 128 + stop_signal();
  if (done.execution.wrote) return k_exit_partial;
  if (!done.execution.problems.empty()) {
    return exit_code_of(done.execution.problems.front().code);
  }
  return failed == results.end() || !failed->problem ? k_exit_difference
                                                     : exit_code_of(failed->problem->code);
}

/// How a round of a stage came out. Pending: all of it is done but what a wait waited for.
enum class RoundEnd { done, pending, failed };

RoundEnd end_of(const Execution& execution) {
  RoundEnd end = RoundEnd::done;
  for (const StepResult& result : execution.results) {
    if (result.outcome == Outcome::done || result.outcome == Outcome::unchanged) continue;
    const bool pending = result.problem && result.problem->code == "pending";
    if (!pending || result.outcome != Outcome::failed) return RoundEnd::failed;
    end = RoundEnd::pending;
  }
  return end;
}

/// One stage as it was seen before anything was written.
struct Preview {
  const Stage* stage;
  Planned planned;
};

class ChangeRun {
 public:
  ChangeRun(const std::vector<Stage>& stages, std::string title, const Identities& identities,
            Session& session)
      : m_stages(stages),
        m_title(std::move(title)),
        m_identities(identities),
        m_session(session),
        m_invocation(session.invocation()),
        m_consent(m_invocation.accepted) {
    if (m_invocation.output != OutputFormat::junit) return;
    throw Failure("usage", "-o junit is for checks, and this is a change",
                  "use it with a verb called verify, or take -o json");
  }

  int run() {
    if (!m_identities.problems.empty()) give_up();
    if (!m_invocation.only_shows() && !is_dry()) await_programs();
    revert_unproven(m_identities, m_session);
    look_ahead();
    if (!m_refusals.empty() || must_be_whole()) return refuse(all_refusals(), m_session);
    m_session.quiet();
    if (m_invocation.only_shows() || nothing_to_do()) return show_only();

    // May it? Nothing is written before every cluster has said yes.
    const std::vector<Problem> obstacles = over_all(
        [&](const Planned& all) { return preflight(all.steps, m_session.fleet(), m_identities); });
    if (!obstacles.empty()) return refuse(obstacles, m_session);
    require_consent();
    // What is carried out is not there any more when the result is shown.
    std::string shown;
    if (m_invocation.yes && !machine_readable(m_invocation.output)) {
      shown = plan_text(OutputFormat::table);
    }

    if (!is_dry()) begin_writing();
    carry_out_stages();
    m_lock.reset();
    const int status = status_of(m_done);
    if (m_journal) close_journal(*m_journal, status);
    show_result(shown);
    return status;
  }

 private:
  // What a stage brings about, the next one cannot see before it is there: two rounds are usual, a
  // whole root rotation takes some more. One that changes nothing twice would plan for ever, which
  // is a plugin's fault; so would one that changes something again and again.
  static constexpr int k_idle_rounds_max = 2;
  static constexpr int k_rounds_max = 50;
  // As long as a program is given that is not told otherwise.
  static constexpr std::chrono::minutes k_program_patience{5};

  bool is_dry() const { return m_invocation.dry_run == DryRunMode::server; }

  /// What the operator gave is wrong whether the clusters answer or not, and is told first. Nobody
  /// is asked for it: all else can wait until the clusters are there.
  [[noreturn]] void give_up() {
    m_session.hang_up(m_identities.problems.front());
    for (const Stage& stage : m_stages) {
      if (stop_requested()) break;
      try {
        stage.plan(&stage != &m_stages.front());
      } catch (const Failure& failure) {
        if (exit_code_of(failure.problem().code) == k_exit_usage) throw;
      }
    }
    throw Refusal(m_identities.problems);
  }

  /// What a killed run left at work would change the clusters between the plan and its writes.
  void await_programs() {
    for (const std::string& cluster : m_session.fleet().names()) {
      const Access& access = m_session.fleet().access(cluster);
      if (!ProgramLock::is_held(access)) continue;
      m_session.quiet();
      tell(cluster + ": a program that an earlier run started is still at work; waiting for it\n");
      ProgramLock(access, m_session.deadline().sooner(Deadline::in(k_program_patience)));
    }
  }

  void look_ahead() {
    for (const Stage& stage : m_stages) look_ahead(stage);
    if (m_previews.size() == 1) m_previews.front().planned.plan.title = m_title;
    if (!nothing_to_do()) return;
    // What follows from a change does not follow from none.
    for (Preview& preview : m_previews) preview.planned.plan.announces.clear();
  }

  /// Of several concerns, one whose plugin fails is told and the others are shown.
  void look_ahead(const Stage& stage) try {
    m_session.progress("", "planning" + (stage.name.empty() ? "" : " " + stage.name));
    Plan plan = stage.plan(&stage != &m_stages.front());
    if (m_title.empty()) m_title = plan.title;
    m_refusals.insert(m_refusals.end(), plan.refusals.begin(), plan.refusals.end());
    if (m_refusals.empty())
      m_previews.push_back({&stage, beside_world(std::move(plan), m_session.fleet())});
  } catch (const Failure& failure) {
    if (m_stages.size() == 1 || failure.problem().plugin.empty()) throw;
    Problem problem = failure.problem();
    problem.message = stage.name + " cannot be planned: " + message_of(problem);
    m_unplanned.push_back(std::move(problem));
  }

  /// A part of what was asked for may be looked at, but neither written nor handed on.
  bool must_be_whole() const {
    return !m_unplanned.empty() && (!m_invocation.only_shows() || m_invocation.output_dir);
  }

  std::vector<Problem> all_refusals() const {
    std::vector<Problem> all = m_refusals;
    all.insert(all.end(), m_unplanned.begin(), m_unplanned.end());
    return all;
  }

  /// All stages as one plan. Of several it is a copy, which lives as long as it is used.
  template <typename Use>
  std::invoke_result_t<Use, const Planned&> over_all(const Use& use) const {
    if (m_previews.size() == 1) return use(m_previews.front().planned);
    Planned all;
    all.plan.title = m_title;
    for (const Preview& preview : m_previews) all.add(preview.planned);
    return use(all);
  }

  bool nothing_to_do() const {
    return std::all_of(m_previews.begin(), m_previews.end(),
                       [](const Preview& preview) { return mesh::nothing_to_do(preview.planned); });
  }

  std::string text_of(const Planned& planned, OutputFormat format) const {
    return render_plan(planned.plan, planned.steps, format, m_session.style(),
                       {.show_secrets = m_invocation.show_secrets, .contents = m_invocation.diff});
  }

  /// For people each stage stands under its name; for programs it is one plan.
  std::string plan_text(OutputFormat format) const {
    if (is_document(format) && !m_unplanned.empty()) {
      return over_all([&](const Planned& all) {
        Planned shown = all;
        shown.plan.refusals = m_unplanned;
        return text_of(shown, format);
      });
    }
    if (m_previews.size() == 1 || machine_readable(format)) {
      return over_all([&](const Planned& all) { return text_of(all, format); });
    }
    std::string text = m_title + "\n";
    for (const Preview& preview : m_previews) {
      text += "\n== " + preview.stage->name + ": " + text_of(preview.planned, format);
    }
    return text;
  }

  /// --dry-run=client, --diff and --output-dir end here: the plan is the answer.
  int show_only() const {
    if (m_invocation.output_dir) return write_files(*m_invocation.output_dir);
    print(plan_text(m_invocation.output));
    if (!m_unplanned.empty()) return tell_problems(m_unplanned);
    const std::vector<Problem> unfinished = all_unfinished();
    if (!unfinished.empty()) return tell_problems(unfinished);
    return m_invocation.diff && !nothing_to_do() ? k_exit_difference : k_exit_done;
  }

  std::vector<Problem> all_unfinished() const {
    return over_all([](const Planned& all) { return all.plan.unfinished; });
  }

  int tell_problems(const std::vector<Problem>& problems) const {
    if (!is_document(m_invocation.output))
      tell(render_problems(problems, OutputFormat::table, m_session.style()));
    return exit_code_of(problems.front().code);
  }

  int write_files(const std::filesystem::path& folder) const {
    std::vector<TreePart> parts;
    for (const Preview& preview : m_previews) {
      const Stage& stage = *preview.stage;
      const Plan& plan = preview.planned.plan;
      parts.push_back({.name = stage.name,
                       .command = command_of(m_invocation, {stage.name, stage.verb}, "--yes"),
                       .actions = actions_of(preview.planned.steps),
                       .notes = plan.notes,
                       .changes = changes_objects(preview.planned.steps),
                       .continues = plan.continues,
                       .proof = stage.proof});
    }
    TreeOptions options;
    options.title = m_title;
    options.command = m_invocation.shown;
    if (m_invocation.kubeconfig) options.kubeconfig = m_invocation.kubeconfig->string();
    options.show_secrets = m_invocation.show_secrets;
    options.command_of = [&](const std::string& concern, const std::string& verb) {
      return command_of(m_invocation, {concern, verb});
    };
    const std::size_t files = write_tree(parts, folder, options);
    tell("wrote " + counted(files, "file") + " below " + folder.string() +
         "; their order is in apply.sh\n");
    return k_exit_done;
  }

  void require_consent() {
    for (const Preview& preview : m_previews)
      m_consent.add(preview.planned.steps, preview.planned.plan.announces);
    if (m_invocation.yes || is_dry()) return;
    if (!can_ask()) {
      throw Failure("usage", "there is no terminal to ask on, and nothing was written",
                    "look at the plan with --dry-run=client, then add --yes");
    }
    print(plan_text(OutputFormat::table));
    confirm_plan(m_session, m_identities);
  }

  /// What was planned after the operator's yes.
  void require_consent_to(const Stage& stage, const Planned& planned) {
    if (is_dry()) return;
    const std::vector<Step> more = m_consent.beyond(planned.steps);
    if (more.empty()) return;
    const std::string& name = stage.name.empty() ? m_title : stage.name;
    confirm_more(m_session, name, more, text_of(planned, OutputFormat::table));
    m_consent.add(planned.steps, planned.plan.announces);
  }

  /// From here on no other run changes these clusters, and every write is journalled, so that
  /// `undo` can take it back.
  void begin_writing() {
    const std::string run = new_run();
    m_lock.emplace(m_session, m_identities, run);
    m_old = m_lock->waited() || has_appeared(m_previews.front().planned.steps, m_session.fleet());
    m_journal = Journal::begin(m_invocation.shown, run);
  }

  void carry_out_stages() {
    for (Preview& preview : m_previews) {
      if (!carry_out_stage(preview)) return;
    }
  }

  /// false: it did not reach its end, and nothing more may begin. What is pending in a plan that
  /// would continue is that plan's own affair: all else can be done meanwhile, and is proven later.
  bool carry_out_stage(Preview& preview) try {
    if (preview.stage->proof)
      return m_pending || !m_done.execution.wrote || carry_out_proof(preview);
    const bool planned_already = &preview == &m_previews.front() && !m_old;
    Planned planned = planned_already ? std::move(preview.planned) : plan_again(*preview.stage);
    int idle = 0;
    for (int round = 1;; ++round) {
      const bool continues = planned.plan.continues;
      const RoundEnd end =
          carry_out_round(*preview.stage, std::move(planned), round > 1 || !planned_already);
      idle = m_round_wrote ? 0 : idle + 1;
      m_pending = m_pending || end == RoundEnd::pending;
      if (end != RoundEnd::done) return end == RoundEnd::pending && continues;
      if (!continues || is_dry()) return true;
      if (idle == k_idle_rounds_max || round == k_rounds_max) {
        throw Failure("plugin-fault", preview.stage->name + " plans again and again");
      }
      planned = plan_again(*preview.stage);
    }
  } catch (const Failure& failure) {
    m_done.execution.problems.push_back(failure.problem());
    return false;
  }

  bool carry_out_proof(Preview& preview) {
    for (Step& step : preview.planned.steps) step.change = Change::act;
    return carry_out_round(*preview.stage, std::move(preview.planned), false) == RoundEnd::done;
  }

  Planned plan_again(const Stage& stage) {
    for (const std::string& cluster : m_session.fleet().names()) {
      m_session.fleet().forget_all(cluster);
    }
    m_session.progress("", "planning" + (stage.name.empty() ? "" : " " + stage.name));
    Plan plan = stage.plan(false);
    if (!plan.refusals.empty()) return {std::move(plan), {}};
    return beside_world(std::move(plan), m_session.fleet());
  }

  RoundEnd carry_out_round(const Stage& stage, Planned planned, bool new_to_us) {
    std::vector<Problem> obstacles = planned.plan.refusals;
    if (obstacles.empty() && new_to_us) {
      obstacles = preflight(planned.steps, m_session.fleet(), m_identities);
    }
    if (!obstacles.empty()) {
      m_done.execution.problems.insert(m_done.execution.problems.end(), obstacles.begin(),
                                       obstacles.end());
      return RoundEnd::failed;
    }
    if (new_to_us) require_consent_to(stage, planned);
    const std::vector<Problem> unfinished = planned.plan.unfinished;
    const Execution execution = apply(planned.steps, stage);
    m_done.planned.add(std::move(planned));
    m_done.execution.results.insert(m_done.execution.results.end(), execution.results.begin(),
                                    execution.results.end());
    m_done.execution.wrote = m_done.execution.wrote || execution.wrote;
    m_round_wrote = execution.wrote;
    m_done.execution.problems.insert(m_done.execution.problems.end(), unfinished.begin(),
                                     unfinished.end());
    return unfinished.empty() ? end_of(execution) : RoundEnd::failed;
  }

  Execution apply(const std::vector<Step>& steps, const Stage& stage) {
    ExecutorOptions options;
    options.dry_run = is_dry() ? DryRun::server : DryRun::none;
    options.first_number = static_cast<int>(m_done.planned.steps.size());
    options.round = m_round++;
    options.listener = [&](const Step& step, const StepResult* result) {
      if (result == nullptr) m_session.progress(step.action.cluster, step.action.reason);
      if (stage.listener) stage.listener(step, result);
    };
    options.before_write = [&](const std::string& cluster) {
      if (m_lock) m_lock->require(cluster);
    };
    options.ask = [&](const std::string& extension, const std::string& verb, const Json& request) {
      // The host itself has planned a stage that is a proof.
      return stage.proof ? m_session.ask(extension, verb, request)
                         : m_session.prove("command/1:" + stage.name, extension, verb, request);
    };
    return execute(steps, m_session.fleet(), m_identities, m_journal ? &*m_journal : nullptr,
                   options);
  }

  void show_result(const std::string& planned) {
    m_session.quiet();
    Planned& done = m_done.planned;
    done.plan.title = m_title;
    if (!planned.empty()) print(planned);
    print(render_result(done.plan, done.steps, m_done.execution, m_journal ? m_journal->run() : "",
                        m_invocation.output, m_session.style()));
    if (is_document(m_invocation.output)) return;
    tell(render_problems(problems_of(done.steps, m_done.execution), OutputFormat::table,
                         m_session.style()));
  }

  const std::vector<Stage>& m_stages;
  std::string m_title;  ///< of all stages; of the only one's plan if there is none
  const Identities& m_identities;
  Session& m_session;
  const Invocation& m_invocation;
  Consent m_consent;
  std::vector<Preview> m_previews;
  std::vector<Problem> m_refusals;
  std::vector<Problem> m_unplanned;  ///< concerns whose plugin failed
  Record m_done;
  bool m_pending = false;      ///< something that was waited for has not come
  bool m_round_wrote = false;  ///< the last round has changed something
  int m_round = 0;             ///< plans that were carried out
  bool m_old = false;          ///< the first stage has to be planned again
  std::optional<RunLock> m_lock;
  std::optional<Journal> m_journal;
};

}  // namespace

int carry_out(const std::vector<Stage>& stages, const std::string& title,
              const Identities& identities, Session& session) {
  return ChangeRun(stages, title, identities, session).run();
}

}  // namespace mesh
