#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "cli/document_text.hpp"
#include "cli/notes.hpp"
#include "cli/output.hpp"
#include "cli/problem_text.hpp"
#include "cli/steps.hpp"
#include "mesh/counted.hpp"

namespace mesh {

namespace {

constexpr std::size_t k_value_width = 60;

/// A JSON pointer as people write a field: data.ca-key.pem
std::string dotted(const std::string& pointer) {
  std::vector<std::string> parts = split(pointer, '/');
  if (!parts.empty() && parts.front().empty()) parts.erase(parts.begin());
  for (std::string& part : parts) {
    for (const auto& [escape, character] : {std::pair{"~1", "/"}, std::pair{"~0", "~"}}) {
      for (std::size_t at = 0; (at = part.find(escape, at)) != std::string::npos; ++at) {
        part.replace(at, 2, character);
      }
    }
  }
  return escape_terminal(join(parts, "."));
}

/// Cut before it is escaped, so that no escape is cut through; bytes of a broken character are
/// made visible.
std::string value_text(const Json& value) {
  if (value.is_null()) return "(none)";
  const std::string text = value.is_string() ? value.get<std::string>() : to_text(value);
  if (text.size() <= k_value_width) return escape_terminal(text);
  std::size_t end = k_value_width;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return escape_terminal(text.substr(0, end)) + "...";
}

Color color_of(Change change) {
  constexpr std::array<std::pair<Change, Color>, 5> k_colors{{{Change::create, Color::green},
                                                              {Change::update, Color::yellow},
                                                              {Change::remove, Color::red},
                                                              {Change::leave, Color::gray},
                                                              {Change::act, Color::cyan}}};
  for (const auto& [row, color] : k_colors) {
    if (row == change) return color;
  }
  return Color::gray;
}

/// Several lines, as a Corefile has them: what goes and what comes, between two lines of what
/// stays. The changes of this tool are blocks: what differs is taken as one.
std::string lines_text(const std::string& before, const std::string& after, const Style& style) {
  constexpr std::size_t k_context = 2;
  const std::vector<std::string> was = split(before, '\n');
  const std::vector<std::string> will = split(after, '\n');
  const std::size_t most = std::min(was.size(), will.size());
  std::size_t head = 0;
  while (head < most && was[head] == will[head]) ++head;
  std::size_t tail = 0;
  while (tail < most - head && was[was.size() - 1 - tail] == will[will.size() - 1 - tail]) ++tail;
  std::string text;
  const auto show = [&](const std::vector<std::string>& lines, std::size_t from, std::size_t to,
                        const char* sign, Color color) {
    for (std::size_t at = from; at < to; ++at) {
      text += "        " + colored(sign + escape_terminal(lines[at]), color, style) + "\n";
    }
  };
  show(was, head > k_context ? head - k_context : 0, head, "  ", Color::gray);
  show(was, head, was.size() - tail, "- ", Color::red);
  show(will, head, will.size() - tail, "+ ", Color::green);
  show(was, was.size() - tail, was.size() - tail + std::min(tail, k_context), "  ", Color::gray);
  return text;
}

std::string field_text(const FieldChange& field, const Style& style) {
  const auto has_lines = [](const Json& value) {
    return value.is_string() && value.get_ref<const std::string&>().find('\n') != std::string::npos;
  };
  const std::string name = "      " + dotted(field.pointer) + ":";
  if (field.before.is_string() && field.after.is_string() &&
      (has_lines(field.before) || has_lines(field.after))) {
    return name + "\n" +
           lines_text(field.before.get<std::string>(), field.after.get<std::string>(), style);
  }
  return name + " " + value_text(field.before) + " -> " + value_text(field.after) + "\n";
}

/// All of an object that is created or deleted, as `kubectl diff` shows it.
std::string content_text(const Step& step, const Style& style, bool show_secrets) {
  const bool created = step.change == Change::create;
  if (!created && step.change != Change::remove) return {};
  const Json& object = created ? step.action.object : step.live;
  if (!object.is_object()) return {};
  std::string text;
  std::vector<std::string> lines = split(to_yaml(show_secrets ? object : redacted(object)), '\n');
  if (lines.back().empty()) lines.pop_back();
  for (const std::string& line : lines) {
    text += "      " +
            colored((created ? "+ " : "- ") + escape_terminal(line), color_of(step.change), style) +
            "\n";
  }
  return text;
}

std::string step_text(const Step& step, const Style& style, const PlanLook& look) {
  const ChangeWords& words = words_of(step);
  std::string text =
      "  " + colored(words.sign + std::string(" ") + words.todo, color_of(step.change), style);
  text += " " + subject_of(step);
  if (!step.action.reason.empty()) text += "  (" + escape_terminal(step.action.reason) + ")";
  text += "\n";
  for (const FieldChange& field : step.fields) text += field_text(field, style);
  return look.contents ? text + content_text(step, style, look.show_secrets) : text;
}

/// "  > later: change ConfigMap kube-system/coredns  (the zone is sent to the server)"
std::string later_text(const Announcement& announced, const Style& style) {
  constexpr std::array<std::pair<ActionType, const char*>, 6> k_words{
      {{ActionType::store, "write"},
       {ActionType::apply, "create or change"},
       {ActionType::edit, "change"},
       {ActionType::remove, "delete"},
       {ActionType::run, "run"},
       {ActionType::restart, "restart"}}};
  const auto* word = std::find_if(k_words.begin(), k_words.end(),
                                  [&](const auto& row) { return row.first == announced.type; });
  std::string what = "file " + announced.file;
  if (!announced.target.kind.empty()) what = to_string(announced.target);
  if (announced.type == ActionType::run) what = announced.program;
  const std::string reason = announced.reason.empty() ? "" : "  (" + announced.reason + ")";
  return "  " + colored(std::string("> later: ") + word->second, Color::cyan, style) + " " +
         escape_terminal(what + reason) + "\n";
}

/// Where something happens now or later, in this order.
std::vector<std::string> places_of(const Plan& plan, const std::vector<Step>& steps) {
  std::vector<std::string> places = places_of(steps);
  for (const Announcement& announced : plan.announces) {
    if (std::find(places.begin(), places.end(), announced.cluster) == places.end())
      places.push_back(announced.cluster);
  }
  return places;
}

std::size_t count_of(const std::vector<Step>& steps, Change change) {
  return static_cast<std::size_t>(std::count_if(
      steps.begin(), steps.end(), [&](const Step& step) { return step.change == change; }));
}

std::string totals(const std::vector<Step>& steps) {
  const std::size_t acts = count_of(steps, Change::act);
  return "Plan: " + std::to_string(count_of(steps, Change::create)) + " to create, " +
         std::to_string(count_of(steps, Change::update)) + " to change, " +
         std::to_string(count_of(steps, Change::remove)) + " to delete in " +
         counted(clusters_changed(steps), "cluster") +
         (acts == 0 ? "" : "; " + counted(acts, "further step")) + ".\n";
}

std::string plan_text(const Plan& plan, const std::vector<Step>& steps, const Style& style,
                      const PlanLook& look) {
  std::string text;
  if (!plan.title.empty()) text += escape_terminal(plan.title) + "\n\n";
  for (const std::string& place : places_of(plan, steps)) {
    text += heading_of(place);
    for (const Step& step : steps) {
      if (step.action.cluster == place) text += step_text(step, style, look);
    }
    for (const Announcement& announced : plan.announces) {
      if (announced.cluster == place) text += later_text(announced, style);
    }
    text += "\n";
  }
  const std::string notes = notes_text(plan.notes);
  if (!notes.empty()) text += notes + "\n";
  for (const Problem& problem : plan.refusals) text += problem_text(problem);
  if (count_of(steps, Change::leave) < steps.size()) return text + totals(steps);
  return text + (plan.continues ? "Nothing yet; the rest follows from what comes before.\n"
                                : "Nothing to change.\n");
}

bool is_of_secret(const ObjectRef& ref) {
  return ref.kind == "Secret" && ref.api_version == "v1";
}

/// What may leave the process: no file of the operator's store ever, values of Secrets if asked.
void make_safe(Json& action, const Step& step, bool show_secrets) {
  if (action.contains("file")) action["file"].erase("data");
  if (show_secrets) return;
  if (action.contains("object")) action["object"] = redacted(action["object"]);
  if (!is_of_secret(step.ref)) return;
  action.erase("precondition");
  if (!action.contains("patch")) return;
  for (Json& operation : action["patch"]) operation.erase("value");
}

Json plan_document(const Plan& plan, const std::vector<Step>& steps, bool show_secrets) {
  Plan whole = plan;
  whole.actions = actions_of(steps);
  Json document = to_json(whole);
  for (std::size_t at = 0; at < steps.size(); ++at) {
    Json& action = document["actions"][at];
    make_safe(action, steps[at], show_secrets);
    action["subject"] = subject_of(steps[at]);
    action["change"] = words_of(steps[at]).name;
    if (steps[at].fields.empty()) continue;
    action["fields"] = Json::array();
    for (const FieldChange& field : steps[at].fields) {
      action["fields"].push_back(
          {{"pointer", field.pointer}, {"before", field.before}, {"after", field.after}});
    }
  }
  return document;
}

}  // namespace

std::string render_plan(const Plan& plan, const std::vector<Step>& steps, OutputFormat format,
                        const Style& style, const PlanLook& look) {
  if (format == OutputFormat::name) return step_names(steps);
  if (!is_document(format)) return plan_text(plan, steps, style, look);
  return document_text(plan_document(plan, steps, look.show_secrets), format);
}

}  // namespace mesh
