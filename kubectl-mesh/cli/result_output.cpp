#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "cli/document_text.hpp"
#include "cli/notes.hpp"
#include "cli/output.hpp"
#include "cli/steps.hpp"

namespace mesh {

namespace {

struct OutcomeWords {
  Outcome outcome;
  const char* name;  ///< in the document
  const char* word;
  const char* symbol;  ///< on a terminal that can show it
  const char* ascii;
  Color color;
};
constexpr std::array<OutcomeWords, 5> k_outcomes{
    {{Outcome::done, "done", "done", "✔", "*", Color::green},
     {Outcome::unchanged, "unchanged", "unchanged", "=", "=", Color::gray},
     {Outcome::failed, "failed", "failed", "✖", "x", Color::red},
     {Outcome::not_started, "notStarted", "not started", "-", "-", Color::yellow},
     {Outcome::reverted, "reverted", "reverted", "↩", "<", Color::yellow}}};

const OutcomeWords& words_of(Outcome outcome) {
  return *std::find_if(k_outcomes.begin(), k_outcomes.end(),
                       [&](const OutcomeWords& row) { return row.outcome == outcome; });
}

/// A step that was interrupted before its turn has no result of its own.
StepResult result_at(const Execution& execution, std::size_t at) {
  return at < execution.results.size() ? execution.results[at] : StepResult{};
}

std::string step_text(const Step& step, const StepResult& result, const Style& style) {
  const OutcomeWords& words = words_of(result.outcome);
  const std::string did = result.outcome == Outcome::done ? mesh::words_of(step).done : words.word;
  const std::string symbol = style.symbols ? words.symbol : words.ascii;
  return "  " + colored(symbol + " " + did, words.color, style) + " " + subject_of(step) + "\n";
}

/// How the steps ended, counted.
struct Tally {
  Tally(const std::vector<Step>& steps, const Execution& execution) {
    for (std::size_t at = 0; at < steps.size(); ++at) {
      ++counts[static_cast<std::size_t>(result_at(execution, at).outcome)];
    }
  }
  std::size_t of(Outcome outcome) const { return counts[static_cast<std::size_t>(outcome)]; }
  bool complete() const { return of(Outcome::failed) + of(Outcome::not_started) == 0; }

  std::array<std::size_t, k_outcomes.size()> counts{};
};

std::string totals(const Tally& tally) {
  std::vector<std::string> parts;
  for (const OutcomeWords& words : k_outcomes) {
    const std::size_t count = tally.of(words.outcome);
    if (count > 0) parts.push_back(std::to_string(count) + " " + words.word);
  }
  return parts.empty() ? "nothing to do" : join(parts, ", ");
}

std::string closing_text(const Plan& plan, const Tally& tally, const Execution& execution,
                         const std::string& run) {
  const bool complete = tally.complete() && execution.problems.empty();
  std::string text = (complete ? "Result: " : "Not complete: ") + totals(tally) + ".\n";
  if (run.empty()) {
    text += "This was a dry run; nothing was written.\n";
  } else if (!execution.wrote) {
    text += "Nothing was written.\n";
  } else if (!complete) {
    text += "What is done stays. Rerun the same command to continue.\n";
  }
  if (!run.empty() && execution.wrote) text += "Undo: kubectl mesh undo " + run + "\n";
  if (!complete || run.empty() || plan.next.empty()) return text;
  text += "\nNext:\n";
  for (const std::string& step : plan.next) text += "  " + escape_terminal(step) + "\n";
  return text;
}

std::string result_text(const Plan& plan, const std::vector<Step>& steps,
                        const Execution& execution, const std::string& run, const Style& style) {
  std::string text;
  for (const std::string& place : places_of(steps)) {
    text += heading_of(place);
    for (std::size_t at = 0; at < steps.size(); ++at) {
      if (steps[at].action.cluster != place) continue;
      text += step_text(steps[at], result_at(execution, at), style);
    }
    text += "\n";
  }
  return text + closing_text(plan, Tally(steps, execution), execution, run);
}

Json result_document(const Plan& plan, const std::vector<Step>& steps, const Execution& execution,
                     const std::string& run) {
  Json items = Json::array();
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const StepResult result = result_at(execution, at);
    Json item{{"cluster", steps[at].action.cluster},
              {"object", subject_of(steps[at])},
              {"change", mesh::words_of(steps[at]).name},
              {"outcome", words_of(result.outcome).name}};
    if (result.problem) item["problem"] = to_json(*result.problem);
    items.push_back(std::move(item));
  }
  Json problems = Json::array();
  for (const Problem& problem : execution.problems) problems.push_back(to_json(problem));
  return {{"apiVersion", k_document_version},
          {"kind", "Result"},
          {"title", plan.title},
          {"complete", Tally(steps, execution).complete() && execution.problems.empty()},
          {"items", std::move(items)},
          {"notes", to_json(plan)["notes"]},
          {"problems", std::move(problems)},
          {"run", run},
          {"wrote", execution.wrote},
          {"next", plan.next}};
}

}  // namespace

std::vector<Problem> problems_of(const std::vector<Step>& steps, const Execution& execution) {
  std::vector<Problem> problems;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    const StepResult result = result_at(execution, at);
    if (!result.problem) continue;
    problems.push_back(*result.problem);
    if (problems.back().cluster.empty()) problems.back().cluster = steps[at].action.cluster;
  }
  problems.insert(problems.end(), execution.problems.begin(), execution.problems.end());
  return problems;
}

std::string render_result(const Plan& plan, const std::vector<Step>& steps,
                          const Execution& execution, const std::string& run, OutputFormat format,
                          const Style& style) {
  if (format == OutputFormat::name) return step_names(steps);
  if (!is_document(format)) return result_text(plan, steps, execution, run, style);
  return document_text(result_document(plan, steps, execution, run), format);
}

}  // namespace mesh
