#include <algorithm>
#include <array>
#include <set>

#include "base/text.hpp"
#include "cli/output.hpp"

namespace mesh {

namespace {

struct ChangeWords {
  Change change;
  const char* sign;
  const char* word;  ///< in a plan
  const char* done;  ///< in a result
};
constexpr std::array<ChangeWords, 5> k_words{{{Change::create, "+", "create", "created"},
                                              {Change::update, "~", "change", "changed"},
                                              {Change::remove, "-", "delete", "deleted"},
                                              {Change::leave, "=", "leave", "unchanged"},
                                              {Change::act, ">", "do", "done"}}};

const ChangeWords& words_of(Change change) {
  return *std::find_if(k_words.begin(), k_words.end(),
                       [&](const ChangeWords& row) { return row.change == change; });
}

std::string subject(const Step& step) {
  if (!step.ref.name.empty()) return to_string(step.ref);
  if (step.action.type == ActionType::store) return "file " + step.action.file.name;
  return std::string(to_string(step.action.type)) + " " + step.action.program;
}

std::string heading(const std::string& cluster) {
  return (cluster.empty() ? "on this machine" : escape_terminal(cluster)) + ":\n";
}

/// The clusters in the order of the steps; "" is this machine.
std::vector<std::string> places(const std::vector<Step>& steps) {
  std::vector<std::string> list;
  for (const Step& step : steps) {
    if (std::find(list.begin(), list.end(), step.action.cluster) == list.end())
      list.push_back(step.action.cluster);
  }
  return list;
}

std::string value_text(const Json& value) {
  if (value.is_null()) return "(none)";
  const std::string text = value.is_string() ? value.get<std::string>() : to_text(value);
  return escape_terminal(text.size() > 80 ? text.substr(0, 77) + "..." : text);
}

std::string totals(const std::vector<Step>& steps) {
  std::string text = "Plan:";
  std::set<std::string> clusters;
  for (const Change change : {Change::create, Change::update, Change::remove}) {
    const auto count = std::count_if(steps.begin(), steps.end(),
                                     [&](const Step& step) { return step.change == change; });
    text += " " + std::to_string(count) + " to " + words_of(change).word + ",";
  }
  for (const Step& step : steps) {
    if (!step.action.cluster.empty() && step.change != Change::leave)
      clusters.insert(step.action.cluster);
  }
  text.back() = ' ';
  return text + "in " + std::to_string(clusters.size()) +
         (clusters.size() == 1 ? " cluster.\n" : " clusters.\n");
}

std::string notes_text(const std::vector<Note>& notes) {
  std::string text;
  for (const Note& note : notes) {
    text += std::string(to_string(note.severity)) + ": " +
            (note.cluster.empty() ? "" : escape_terminal(note.cluster) + ": ") +
            escape_terminal(note.text) + "\n";
  }
  return text.empty() ? "" : text + "\n";
}

std::string plan_text(const Plan& plan, const std::vector<Step>& steps) {
  std::string text;
  if (!plan.title.empty()) text += escape_terminal(plan.title) + "\n\n";
  text += notes_text(plan.notes);
  const bool idle = std::all_of(steps.begin(), steps.end(),
                                [](const Step& step) { return step.change == Change::leave; });
  if (idle) return text + "Nothing to change.\n";
  for (const std::string& place : places(steps)) {
    text += heading(place);
    for (const Step& step : steps) {
      if (step.action.cluster != place) continue;
      const ChangeWords& words = words_of(step.change);
      text +=
          std::string("  ") + words.sign + " " + words.word + " " + escape_terminal(subject(step));
      text +=
          step.action.reason.empty() ? "\n" : "   (" + escape_terminal(step.action.reason) + ")\n";
      for (const FieldChange& field : step.fields) {
        text += "      " + escape_terminal(field.pointer) + ": " + value_text(field.before) +
                " -> " + value_text(field.after) + "\n";
      }
    }
  }
  return text + "\n" + totals(steps);
}

Json safe_plan(const Plan& plan, bool show_secrets) {
  Json document = to_json(plan);
  for (Json& action : document["actions"]) {
    if (action.contains("file")) action["file"].erase("data");  // a private key, most likely
    if (action.contains("object") && !show_secrets) action["object"] = redacted(action["object"]);
  }
  return document;
}

std::string document_text(const Json& document, OutputFormat format) {
  return format == OutputFormat::yaml
             ? to_yaml(document)
             : document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

constexpr std::array<std::pair<Outcome, const char*>, 4> k_outcomes{
    {{Outcome::done, "done"},
     {Outcome::unchanged, "unchanged"},
     {Outcome::failed, "failed"},
     {Outcome::not_started, "notStarted"}}};

const char* outcome_word(Outcome outcome) {
  for (const auto& [value, word] : k_outcomes) {
    if (value == outcome) return word;
  }
  return "";
}

std::string line_of(const Step& step, const StepResult& result) {
  const std::string what = escape_terminal(subject(step));
  switch (result.outcome) {
    case Outcome::done:
      return "  " + what + " " + words_of(step.change).done + "\n";
    case Outcome::unchanged:
      return "  " + what + " unchanged\n";
    case Outcome::failed:
      return "  " + what +
             " FAILED: " + escape_terminal(result.problem ? result.problem->message : "", true) +
             "\n" +
             (result.problem && !result.problem->hint.empty()
                  ? "    " + escape_terminal(result.problem->hint, true) + "\n"
                  : "");
    default:
      return "  " + what + " not started\n";
  }
}

std::string result_text(const Plan& plan, const std::vector<Step>& steps,
                        const Execution& execution, const std::string& run) {
  std::string text;
  bool complete = true;
  for (const std::string& place : places(steps)) {
    text += heading(place);
    for (std::size_t index = 0; index < steps.size(); ++index) {
      if (steps[index].action.cluster != place) continue;
      text += line_of(steps[index], execution.results[index]);
      complete = complete && execution.results[index].outcome != Outcome::failed &&
                 execution.results[index].outcome != Outcome::not_started;
    }
  }
  if (!complete) {
    text += execution.wrote
                ? "\nPartly done. What is done stays; run the same command again to continue.\n"
                : "\nNothing was written.\n";
  } else if (!plan.next.empty()) {
    text += "\nNext:\n";
    for (const std::string& step : plan.next) text += "  " + escape_terminal(step) + "\n";
  }
  if (!run.empty() && execution.wrote)
    text += "\nTake it back with: kubectl mesh undo " + run + "\n";
  return text;
}

Json result_document(const Plan& plan, const std::vector<Step>& steps, const Execution& execution,
                     const std::string& run) {
  Json document{{"apiVersion", k_document_version}, {"kind", "Result"},
                {"items", Json::array()},           {"run", run},
                {"wrote", execution.wrote},         {"next", plan.next}};
  document["notes"] = to_json(plan)["notes"];
  for (std::size_t index = 0; index < steps.size(); ++index) {
    Json item{{"cluster", steps[index].action.cluster},
              {"object", subject(steps[index])},
              {"change", words_of(steps[index].change).word},
              {"outcome", outcome_word(execution.results[index].outcome)}};
    if (execution.results[index].problem)
      item["problem"] = to_json(*execution.results[index].problem);
    document["items"].push_back(std::move(item));
  }
  return document;
}

std::string names_text(const std::vector<Step>& steps) {
  std::string text;
  for (const Step& step : steps) {
    if (!step.ref.name.empty() && step.change != Change::leave)
      text +=
          escape_terminal(step.action.cluster + "/" + step.ref.kind + "/" + step.ref.name) + "\n";
  }
  return text;
}

}  // namespace

std::string render_plan(const Plan& plan, const std::vector<Step>& steps, OutputFormat format,
                        const Style&, bool show_secrets) {
  if (format == OutputFormat::name) return names_text(steps);
  if (format == OutputFormat::table || format == OutputFormat::wide) return plan_text(plan, steps);
  Json document = safe_plan(plan, show_secrets);
  for (std::size_t index = 0; index < steps.size(); ++index)
    document["actions"][index]["change"] = words_of(steps[index].change).word;
  return document_text(document, format);
}

std::string render_result(const Plan& plan, const std::vector<Step>& steps,
                          const Execution& execution, const std::string& run, OutputFormat format,
                          const Style&) {
  if (format == OutputFormat::name) return names_text(steps);
  if (format == OutputFormat::table || format == OutputFormat::wide)
    return result_text(plan, steps, execution, run);
  return document_text(result_document(plan, steps, execution, run), format);
}

}  // namespace mesh
