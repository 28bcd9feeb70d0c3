#include "cli/usage_failure.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

std::vector<std::string> names_of(const std::vector<FlagRow>& rows) {
  std::vector<std::string> names;
  for (const FlagRow& row : rows) names.push_back(row.option.name);
  return names;
}

std::string dashed(const std::string& name) {
  return (name.size() == 1 ? "-" : "--") + name;
}

bool has_flag(const CommandRow& command, const std::string& name) {
  const std::vector<std::string> names = names_of(flags_of(command));
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string did_you_mean(const std::string& what) {
  return what.empty() ? "" : "did you mean " + what + "? ";
}

}  // namespace

void Usage::refuse(const std::string& what, const std::string& suggestion,
                   const std::vector<std::string>& help_of) const {
  std::vector<std::string> words{m_program};
  words.insert(words.end(), help_of.begin(), help_of.end());
  throw Failure("usage", what, suggestion + join(words, " ") + " --help shows what there is");
}

/// The nearest word that may stand at this place; a verb without its concern is completed.
std::string Usage::near_command(const std::string& group, const std::string& word) const {
  std::vector<std::string> candidates;
  for (const CommandRow& command : m_commands) {
    if (group.empty()) candidates.push_back(command.words.front());
    if (!group.empty() && command.words.front() == group)
      candidates.push_back(command.words.back());
  }
  const std::string near = nearest(word, candidates);
  if (!near.empty()) return "\"" + (group.empty() ? near : group + " " + near) + "\"";
  for (const CommandRow& command : m_commands) {
    if (group.empty() && command.words.back() == word)
      return "\"" + join(command.words, " ") + "\"";
  }
  return {};
}

void Usage::require_group(const std::vector<std::string>& words) const {
  if (words.empty()) return;
  const bool known = std::any_of(m_commands.begin(), m_commands.end(), [&](const auto& command) {
    return command.words.front() == words.front();
  });
  if (known && words.size() == 1) return;
  const std::string group = known ? words.front() : "";
  const std::string& wrong = words[known ? 1 : 0];
  std::string suggestion = did_you_mean(near_command(group, wrong));
  if (suggestion.empty() && !known && !m_catalogue.problems.empty()) {
    suggestion = m_program + " plugin list shows plugins that cannot be used; ";
  }
  refuse("unknown command \"" + (known ? group + " " + wrong : wrong) + "\"", suggestion,
         known ? std::vector<std::string>{group} : std::vector<std::string>{});
}

void Usage::require_known(const GivenFlag& flag, const CommandRow* command) const {
  if (flag.option != nullptr) return;
  std::vector<std::string> names;
  if (command != nullptr) names = names_of(flags_of(*command));
  std::string near = nearest(flag.name, names);
  if (near.empty()) near = nearest(flag.name, names_of(all_flags(m_commands, nullptr)));
  std::string suggestion = near.empty() ? "" : did_you_mean(dashed(near));
  for (const CommandRow& candidate : m_commands) {
    if (candidate.words == std::vector<std::string>{flag.name}) {
      suggestion = did_you_mean("\"" + m_program + " " + flag.name + "\"");
    }
  }
  refuse("unknown flag " + dashed(flag.name), suggestion,
         command == nullptr ? std::vector<std::string>{} : command->words);
}

/// "certs install, certs rotate and 3 more"
std::string Usage::takers_of(const std::string& flag) const {
  constexpr std::size_t k_shown = 4;
  std::vector<std::string> takers;
  for (const CommandRow& command : m_commands) {
    if (has_flag(command, flag)) takers.push_back(join(command.words, " "));
  }
  const std::size_t more = takers.size() > k_shown ? takers.size() - k_shown : 0;
  takers.resize(takers.size() - more);
  return join(takers, ", ") + (more == 0 ? "" : " and " + std::to_string(more) + " more");
}

void Usage::require_taken(const GivenFlag& flag, const CommandRow& command) const {
  require_known(flag, &command);
  if (has_flag(command, flag.name)) return;
  refuse("\"" + join(command.words, " ") + "\" takes no " + dashed(flag.name),
         "it belongs to " + takers_of(flag.name) + "; ", command.words);
}

void Usage::require_positional(const CommandRow& command,
                               const std::vector<std::string>& arguments) const {
  const std::string& wanted = command.positional;
  const std::size_t most = wanted.empty() ? 0 : 1;
  if (arguments.size() > most) {
    refuse("\"" + join(command.words, " ") + "\" does not take \"" + arguments[most] + "\"", "",
           command.words);
  }
  if (wanted.empty() || wanted.front() == '[') return;
  if (arguments.empty()) {
    refuse("\"" + join(command.words, " ") + "\" wants a " + wanted, "", command.words);
  }
}

}  // namespace mesh
