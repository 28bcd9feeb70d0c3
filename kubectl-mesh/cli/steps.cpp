#include "cli/steps.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/paths.hpp"
#include "base/text.hpp"
#include "plan/store.hpp"

namespace mesh {

namespace {

constexpr std::array<std::pair<Change, ChangeWords>, 4> k_changes{
    {{Change::create, {"+", "create", "create", "created"}},
     {Change::update, {"~", "change", "change", "changed"}},
     {Change::remove, {"-", "delete", "delete", "deleted"}},
     {Change::leave, {"=", "leave", "leave", "unchanged"}}}};

/// For steps that are done rather than compared.
constexpr std::array<std::pair<ActionType, ChangeWords>, 5> k_acts{
    {{ActionType::store, {">", "write", "write", "written"}},
     {ActionType::run, {">", "run", "run", "ran"}},
     {ActionType::wait, {">", "wait", "wait for", "reached"}},
     {ActionType::restart, {">", "restart", "restart", "restarted"}},
     {ActionType::prove, {">", "prove", "prove", "proven"}}}};

/// The beginning of a command line says what it does; all of it is in the document.
std::string shortened(const std::string& line) {
  constexpr std::size_t k_width = 60;
  if (line.size() <= k_width) return line;
  const std::size_t space = line.rfind(' ', k_width);
  return line.substr(0, space == std::string::npos ? k_width : space) + " ...";
}

}  // namespace

const ChangeWords& words_of(const Step& step) {
  for (const auto& [type, words] : k_acts) {
    if (step.change == Change::act && step.action.type == type) return words;
  }
  for (const auto& [change, words] : k_changes) {
    if (step.change == change) return words;
  }
  return k_acts[1].second;
}

std::string subject_of(const Step& step) {
  const Action& action = step.action;
  if (action.type == ActionType::store) {
    return "file " + escape_terminal(shown(store_path(action.file)));
  }
  if (action.type == ActionType::run) {
    return escape_terminal(shortened(action.program + " " + join(action.arguments, " ")));
  }
  if (action.type == ActionType::prove)
    return escape_terminal(action.verb + " of " + action.extension);
  return escape_terminal(to_string(step.ref));
}

std::vector<std::string> places_of(const std::vector<Step>& steps) {
  std::vector<std::string> places;
  for (const Step& step : steps) {
    if (std::find(places.begin(), places.end(), step.action.cluster) == places.end()) {
      places.push_back(step.action.cluster);
    }
  }
  return places;
}

std::string heading_of(const std::string& place) {
  return (place.empty() ? "this machine" : escape_terminal(place)) + "\n";
}

std::size_t clusters_changed(const std::vector<Step>& steps) {
  std::set<std::string> clusters;
  for (const Step& step : steps) {
    const bool counts = step.change != Change::leave && !step.action.cluster.empty();
    if (counts) clusters.insert(step.action.cluster);
  }
  return clusters.size();
}

std::string step_names(const std::vector<Step>& steps) {
  std::string text;
  for (const Step& step : steps) {
    if (step.ref.name.empty() || step.change == Change::leave) continue;
    const std::string name_space = step.ref.name_space.empty() ? "" : step.ref.name_space + "/";
    text += escape_terminal(step.action.cluster + "/" + step.ref.kind + "/" + name_space +
                            step.ref.name) +
            "\n";
  }
  return text;
}

}  // namespace mesh
