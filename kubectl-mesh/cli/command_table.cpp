#include "cli/command_table.hpp"

#include <algorithm>
#include <array>

#include "cli/host_command.hpp"

namespace mesh {

namespace {

using Group = FlagGroup;

CommandRow row_of(HostCommand command) {
  CommandRow row;
  row.verb = {.name = command.words.back(),
              .summary = std::move(command.summary),
              .details = std::move(command.details),
              .changes = command.changes,
              .options = std::move(command.options),
              .examples = std::move(command.examples)};
  row.words = std::move(command.words);
  row.groups = std::move(command.groups);
  row.positional = std::move(command.positional);
  return row;
}

std::vector<CommandRow> own_rows() {
  std::vector<CommandRow> rows;
  for (auto* commands : {own_commands, mesh_commands, plugin_commands}) {
    for (HostCommand& command : commands()) rows.push_back(row_of(std::move(command)));
  }
  return rows;
}

/// A plugin cannot take --yes or --token over: its option of that name is never offered.
bool is_host_flag(const std::string& name) {
  const std::vector<FlagRow>& rows = host_flags();
  return std::any_of(rows.begin(), rows.end(),
                     [&](const FlagRow& row) { return row.option.name == name; });
}

CommandRow verb_of(const Extension& concern, const Verb& declared) {
  CommandRow row;
  row.words = {concern.name, declared.name};
  // `kubectl mesh verify`: a concern whose verb has its own name needs no second word.
  if (declared.name == concern.name) row.words.pop_back();
  row.verb = declared;
  std::erase_if(row.verb.options, [](const Option& option) { return is_host_flag(option.name); });
  row.groups = {Group::clusters, Group::concern, Group::output, Group::access};
  if (declared.changes) row.groups.insert(row.groups.begin() + 2, Group::change);
  return row;
}

}  // namespace

const std::vector<CommandRow>& host_commands() {
  static const std::vector<CommandRow> rows = own_rows();
  return rows;
}

std::vector<CommandRow> all_commands(const Catalogue& catalogue) {
  std::vector<CommandRow> rows = host_commands();
  for (const Extension* concern : catalogue.of_point("command/1")) {
    for (const Verb& declared : concern->verbs) rows.push_back(verb_of(*concern, declared));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const CommandRow& a, const CommandRow& b) {
    return a.words.front() < b.words.front();
  });
  return rows;
}

std::string group_summary(const CommandRow& command, const Catalogue& catalogue) {
  constexpr std::array<std::pair<std::string_view, const char*>, 2> k_groups{
      {{"completion", "Complete commands in a shell"},
       {"plugin", "List, install, trust and check plugins"}}};
  const std::string& word = command.words.front();
  for (const auto& [group, summary] : k_groups) {
    if (group == word) return summary;
  }
  const Extension* concern = catalogue.extension("command/1:" + word);
  return concern != nullptr ? concern->summary : command.verb.summary;
}

bool takes(const CommandRow& command, const FlagRow& row) {
  return row.group == Group::global ||
         std::find(command.groups.begin(), command.groups.end(), row.group) != command.groups.end();
}

std::vector<FlagRow> flags_of(const CommandRow& command) {
  std::vector<FlagRow> rows;
  for (const Option& option : command.verb.options) rows.push_back({0, option, FlagGroup::own});
  const auto own = static_cast<std::ptrdiff_t>(rows.size());
  for (const FlagRow& row : host_flags()) {
    const bool renamed = std::any_of(rows.begin(), rows.begin() + own, [&](const FlagRow& other) {
      return other.option.name == row.option.name;
    });
    if (takes(command, row) && !renamed) rows.push_back(row);
  }
  return rows;
}

std::string program_name(const std::string& argv0) {
  constexpr std::string_view k_prefix = "kubectl-";
  std::string base = argv0.substr(argv0.rfind('/') + 1);
  if (!base.starts_with(k_prefix)) return base;
  std::string name = base.substr(k_prefix.size());
  // kubectl finds the words "istio-x" in a program named kubectl-istio_x.
  std::replace(name.begin(), name.end(), '_', '-');
  return "kubectl " + name;
}

}  // namespace mesh
