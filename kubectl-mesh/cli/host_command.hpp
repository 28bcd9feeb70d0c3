#pragma once

#include <string>
#include <vector>

#include "cli/command_table.hpp"

namespace mesh {

/// A command of the host's own, as it is written down: a row of one of the three tables. Its name
/// as a verb is the last of its words.
struct HostCommand {
  std::vector<std::string> words;
  std::string summary;
  std::string details;
  bool changes = false;
  std::vector<Option> options{};
  std::vector<Example> examples{};
  std::vector<FlagGroup> groups{};
  std::string positional{};
};

std::vector<HostCommand> mesh_commands();    ///< over all concerns: init, plan, up, status, ...
std::vector<HostCommand> plugin_commands();  ///< plugin list, plugin check, ...
std::vector<HostCommand> own_commands();     ///< about this program: version, completion, doctor

inline Option flag(std::string name, std::string help) {
  Option option;
  option.name = std::move(name);
  option.type = OptionType::flag;
  option.help = std::move(help);
  return option;
}

inline Option text(std::string name, std::string value, std::string help, std::string fallback,
                   std::vector<std::string> choices = {}) {
  Option option;
  option.name = std::move(name);
  option.value = std::move(value);
  option.help = std::move(help);
  option.fallback = std::move(fallback);
  option.choices = std::move(choices);
  return option;
}

inline Option list(std::string name, std::string value, std::string help) {
  Option option = text(std::move(name), std::move(value), std::move(help), "");
  option.repeated = true;
  return option;
}

inline Option path(std::string name, std::string value, std::string help) {
  Option option = text(std::move(name), std::move(value), std::move(help), "");
  option.type = OptionType::path;
  return option;
}

}  // namespace mesh
