#include "cli/help.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.hpp"
#include "cli/command_table.hpp"

namespace mesh {

namespace {

constexpr const char* k_exit_codes = R"(Exit status:
  0  the goal is reached         5  unreachable or not authorised
  1  difference or failed check  6  deadline
  2  bad usage or input          7  plugin fault
  3  partial: run it again       70 a bug of ours
  4  refused: conflict, safety   130, 143 interrupted
)";

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t width = 0;
  for (const auto& [left, right] : rows) width = std::max(width, left.size() + 2);
  std::string text;
  for (const auto& [left, right] : rows) text += "  " + padded(left, width) + right + "\n";
  return text;
}

std::string option_left(const Option& option, char letter) {
  std::string left = letter == 0 ? "    " : std::string("-") + letter + ", ";
  left += "--" + option.name;
  if (option.type == OptionType::flag) return left;
  const std::string value = !option.value.empty() ? option.value : join(option.choices, "|");
  return left + "=" + (value.empty() ? "VALUE" : value);
}

std::string option_right(const Option& option) {
  std::string right = option.help;
  if (!option.value.empty() && !option.choices.empty()) right += ": " + join(option.choices, ", ");
  if (!option.fallback.empty()) right += " (default " + option.fallback + ")";
  return right;
}

std::string examples(const std::string& program, const Verb& verb) {
  std::string text = "Examples:\n";
  for (const Example& example : verb.examples) {
    text += "  # " + example.text + "\n  " + program + " " + example.command + "\n\n";
  }
  return text;
}

std::string flags_of(const CommandRow& command) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const FlagRow& row : host_flags()) {
    if (takes(command, row)) {
      rows.emplace_back(option_left(row.option, row.letter), option_right(row.option));
    }
  }
  return two_columns(rows);
}

std::string verb_help(const std::string& program, const CommandRow& command) {
  const std::string words = join(command.words, " ");
  std::string text = command.verb.summary + ".\n\n";
  if (!command.verb.details.empty()) text += command.verb.details + "\n\n";
  text += "Usage:\n  " + program + " " + words +
          (command.positional.empty() ? "" : " " + command.positional) + " [flags]\n\n";
  text += examples(program, command.verb);
  if (!command.verb.options.empty()) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const Option& option : command.verb.options)
      rows.emplace_back(option_left(option, 0), option_right(option));
    text += "Options of this command:\n" + two_columns(rows) + "\n";
  }
  return text + "Flags:\n" + flags_of(command);
}

std::string group_help(const std::string& program, const std::string& group,
                       const std::vector<CommandRow>& commands, const Catalogue& catalogue) {
  std::string text;
  if (const Extension* extension = catalogue.extension("command/1:" + group))
    text = extension->summary + ".\n\n";
  text += "Usage:\n  " + program + " " + group + " COMMAND [flags]\n\n";
  std::vector<std::pair<std::string, std::string>> rows;
  std::string shown_examples;
  for (const CommandRow& command : commands) {
    if (command.words.front() != group) continue;
    rows.emplace_back(command.words.back(), command.verb.summary);
    if (!command.verb.examples.empty()) {
      const Example& example = command.verb.examples.front();
      shown_examples += "  # " + example.text + "\n  " + program + " " + example.command + "\n\n";
    }
  }
  return text + "Examples:\n" + shown_examples + "Commands:\n" + two_columns(rows) + "\nUse \"" +
         program + " " + group + " COMMAND --help\" for more about a command.\n";
}

std::string tool_help(const std::string& program, const std::vector<CommandRow>& commands,
                      const Catalogue& catalogue) {
  std::string text =
      "Connects Kubernetes clusters into one Istio mesh: shows what it will change, changes it, "
      "proves it, takes it back.\n\n";
  text += "Usage:\n  " + program + " COMMAND [flags]\n\n";
  std::vector<std::pair<std::string, std::string>> concerns;
  std::vector<std::pair<std::string, std::string>> others;
  std::set<std::string> seen;
  std::string shown_examples;
  for (const CommandRow& command : commands) {
    const std::string& word = command.words.front();
    if (!seen.insert(word).second) continue;
    const Extension* extension = catalogue.extension("command/1:" + word);
    (extension != nullptr ? concerns : others)
        .emplace_back(word, extension != nullptr ? extension->summary : command.verb.summary);
    if (!command.verb.examples.empty() && (extension != nullptr || word == "contexts")) {
      const Example& example = command.verb.examples.front();
      shown_examples += "  # " + example.text + "\n  " + program + " " + example.command + "\n\n";
    }
  }
  text += "Examples:\n" + shown_examples;
  text += "Concerns (each a plugin):\n" + two_columns(concerns) + "\nOther commands:\n" +
          two_columns(others) + "\n";
  return text + k_exit_codes + "\nUse \"" + program +
         " COMMAND --help\" for more about a command.\n";
}

}  // namespace

std::string help_text(const std::string& program, const std::vector<std::string>& words,
                      const Catalogue& catalogue) {
  const std::vector<CommandRow> commands = all_commands(catalogue);
  for (const CommandRow& command : commands) {
    if (command.words == words) return verb_help(program, command);
  }
  if (!words.empty()) return group_help(program, words.front(), commands, catalogue);
  return tool_help(program, commands, catalogue);
}

}  // namespace mesh
