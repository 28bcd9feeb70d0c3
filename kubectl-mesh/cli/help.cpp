#include "cli/help.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/text.hpp"
#include "cli/command_table.hpp"
#include "cli/wrap.hpp"
#include "plugin/setting_rows.hpp"

namespace mesh {

namespace {

constexpr std::string_view k_purpose =
    "Joins Kubernetes clusters into one Istio mesh. Every command shows what it will change before "
    "it changes it, verifies that it works, and can be undone.";

constexpr std::string_view k_exit_codes =
    "Exit codes:\n"
    "  0    the goal is reached\n"
    "  1    a difference was found, a check failed, or it failed with nothing written\n"
    "  2    bad usage or input; no cluster was contacted\n"
    "  3    a part is done, the rest is pending; the same command goes on\n"
    "  4    refused: a conflict, or not safe\n"
    "  5    a cluster is unreachable, or not authorised\n"
    "  6    the time was up\n"
    "  7    a plugin failed\n"
    "  70   a bug in this program\n"
    "  130, 143  ended by a signal\n";

struct Heading {
  FlagGroup group;
  const char* text;
};
/// In the order of the help; the rest is left to `options`.
constexpr std::array<Heading, 5> k_verb_headings{{{FlagGroup::own, "Options"},
                                                  {FlagGroup::clusters, "Clusters"},
                                                  {FlagGroup::concern, "Settings"},
                                                  {FlagGroup::change, "Changes"},
                                                  {FlagGroup::output, "Output"}}};
constexpr std::array<Heading, 2> k_option_headings{
    {{FlagGroup::access, "For every command that contacts clusters"},
     {FlagGroup::global, "For every command"}}};

using HelpRow = std::pair<std::string, std::string>;

std::string two_columns(const std::vector<HelpRow>& rows) {
  std::size_t width = 0;
  for (const auto& [left, right] : rows) width = std::max(width, display_width(left));
  std::string text;
  for (const auto& [left, right] : rows) {
    text += "  " + left + std::string(width - display_width(left) + 3, ' ') + right + "\n";
  }
  return text;
}

std::string example_lines(const std::string& program, const Example& example) {
  std::string text = example.text.empty() ? "" : "  # " + example.text + "\n";
  return text + "  " + program + " " + example.command + "\n";
}

std::string examples(const std::vector<std::string>& blocks) {
  return blocks.empty() ? "" : "Examples:\n" + join(blocks, "\n") + "\n";
}

std::string placeholder(const Option& option) {
  constexpr std::array<std::pair<OptionType, const char*>, 4> k_words{
      {{OptionType::text, "TEXT"},
       {OptionType::number, "N"},
       {OptionType::duration, "DURATION"},
       {OptionType::path, "FILE"}}};
  if (!option.value.empty()) return "=" + option.value;
  for (const auto& [type, word] : k_words) {
    if (option.type == type) return std::string("=") + word;
  }
  return "";
}

std::string flag_name(const FlagRow& row) {
  if (row.option.name.size() == 1) return "-" + row.option.name;
  return (row.letter == 0 ? "" : std::string("-") + row.letter + ", ") + "--" + row.option.name;
}

std::string flag_text(const FlagRow& row) {
  const Option& option = row.option;
  std::string text = option.help;
  if (!option.choices.empty()) text += "; one of " + join(option.choices, ", ");
  if (option.repeated) text += "; may be given several times";
  if (!option.fallback.empty()) text += " (default " + option.fallback + ")";
  return "    " + flag_name(row) + placeholder(option) + ":\n" + wrapped(text, 8);
}

template <std::size_t Count>
std::string flag_sections(const std::vector<FlagRow>& rows,
                          const std::array<Heading, Count>& headings) {
  std::string text;
  for (const Heading& heading : headings) {
    std::string section;
    for (const FlagRow& row : rows) {
      if (row.group == heading.group) section += flag_text(row);
    }
    if (!section.empty()) text += std::string(heading.text) + ":\n" + section + "\n";
  }
  return text;
}

/// What `--set` and the concern's section of mesh.yaml take.
std::string setting_sections(const CommandRow& command, const Catalogue& catalogue) {
  const Extension* concern = catalogue.extension("command/1:" + command.words.front());
  if (concern == nullptr) return {};
  std::string text;
  for (const SettingGroup& group : setting_groups(catalogue, *concern)) {
    text += "Settings of " + concern->name + " in mesh.yaml, or --set";
    text += (group.chosen_by.empty() ? "" : ", with " + group.chosen_by) + ":\n";
    for (const SettingRow& row : group.rows) {
      const std::string needed = row.required ? ", required" : "";
      const std::string about = row.description.empty() ? "" : ": " + row.description;
      const std::string fallback = row.fallback.empty() ? "" : " (default " + row.fallback + ")";
      text += "    " + row.name + ":\n" + wrapped(row.type + needed + about + fallback, 8);
    }
    text += "\n";
  }
  return text;
}

std::string verb_help(const std::string& program, const CommandRow& command,
                      const Catalogue& catalogue) {
  const Verb& verb = command.verb;
  std::string text = wrapped(verb.summary + ".", 0) + "\n";
  if (!verb.details.empty()) text += wrapped(verb.details, 0) + "\n";
  std::vector<std::string> blocks;
  for (const Example& example : verb.examples) blocks.push_back(example_lines(program, example));
  text += examples(blocks);
  if (command.words.front() == "options") {
    return text + flag_sections(host_flags(), k_option_headings);
  }
  text += flag_sections(flags_of(command), k_verb_headings) + setting_sections(command, catalogue);
  text += "Usage:\n  " + program + " " + join(command.words, " ") +
          (command.positional.empty() ? "" : " " + command.positional) + " [options]\n\n";
  return text + "Use \"" + program + " options\" for the flags that every command takes.\n";
}

// The verbs over all concerns, in the order in which people need them.
constexpr std::array<std::string_view, 5> k_mesh_words{"init", "plan", "up", "status", "down"};
constexpr std::array<std::string_view, 3> k_examples_of{"init", "up", "status"};

/// The first words, each with what it stands for; the mesh's, concerns and the rest apart.
struct FirstWords {
  std::map<std::string_view, std::string> mesh;
  std::vector<HelpRow> concerns;
  std::vector<HelpRow> others;
  std::vector<std::string> examples;
};

FirstWords tree_of(const std::string& program, const std::vector<CommandRow>& commands,
                   const Catalogue& catalogue) {
  FirstWords tree;
  std::set<std::string> seen;
  for (const CommandRow& command : commands) {
    const std::string& word = command.words.front();
    if (!seen.insert(word).second) continue;
    const bool is_concern = catalogue.extension("command/1:" + word) != nullptr;
    if (std::find(k_mesh_words.begin(), k_mesh_words.end(), word) != k_mesh_words.end()) {
      tree.mesh[word] = command.verb.summary;
    } else {
      (is_concern ? tree.concerns : tree.others)
          .emplace_back(word, group_summary(command, catalogue));
    }
  }
  for (const std::string_view word : k_examples_of) {
    for (const CommandRow& command : commands) {
      if (command.words.front() != word) continue;
      tree.examples.push_back(example_lines(program, command.verb.examples.front()));
    }
  }
  return tree;
}

std::string tool_help(const std::string& program, const std::vector<CommandRow>& commands,
                      const Catalogue& catalogue) {
  const FirstWords tree = tree_of(program, commands, catalogue);
  std::string text = wrapped(k_purpose, 0) + "\n" + examples(tree.examples);
  std::vector<HelpRow> mesh;
  for (const std::string_view word : k_mesh_words) {
    mesh.emplace_back(std::string(word), tree.mesh.at(word));
  }
  text += "Whole mesh:\n" + two_columns(mesh) + "\n";
  if (!tree.concerns.empty()) text += "One concern:\n" + two_columns(tree.concerns) + "\n";
  text += "Other commands:\n" + two_columns(tree.others) + "\n";
  text += std::string(k_exit_codes) + "\n";
  text +=
      "Usage:\n  " + program + " COMMAND [options]\n  " + program + " CONCERN VERB [options]\n\n";
  return text + "Use \"" + program + " WORDS --help\" for more about a command or a concern.\n" +
         "Use \"" + program + " options\" for the flags that every command takes.\n";
}

std::string group_help(const std::string& program, const std::string& group,
                       const std::vector<CommandRow>& commands, const Catalogue& catalogue) {
  std::vector<HelpRow> rows;
  std::vector<std::string> blocks;
  std::string summary;
  for (const CommandRow& command : commands) {
    if (command.words.front() != group) continue;
    summary = group_summary(command, catalogue);
    rows.emplace_back(command.words.back(), command.verb.summary);
    if (!command.verb.examples.empty()) {
      blocks.push_back(example_lines(program, command.verb.examples.front()));
    }
  }
  const Extension* concern = catalogue.extension("command/1:" + group);
  std::string text = wrapped(summary + ".", 0) + "\n";
  text += examples(blocks) + (concern == nullptr ? "Commands:\n" : "Verbs:\n") + two_columns(rows);
  text += "\nUsage:\n  " + program + " " + group + " VERB [options]\n\n";
  return text + "Use \"" + program + " " + group + " VERB --help\" for more about a verb.\n";
}

}  // namespace

std::string help_text(const std::string& program, const std::vector<std::string>& words,
                      const Catalogue& catalogue) {
  const std::vector<CommandRow> commands = all_commands(catalogue);
  const auto command = std::find_if(commands.begin(), commands.end(),
                                    [&](const CommandRow& row) { return row.words == words; });
  std::string text;
  if (command != commands.end()) {
    text = verb_help(program, *command, catalogue);
  } else if (!words.empty()) {
    text = group_help(program, words.front(), commands, catalogue);
  } else {
    text = tool_help(program, commands, catalogue);
  }
  return escape_terminal(text, true);  // manifests are somebody else's text
}

}  // namespace mesh
