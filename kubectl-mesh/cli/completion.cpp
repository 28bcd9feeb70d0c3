#include "cli/completion.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/text.hpp"
#include "cli/arguments.hpp"
#include "cluster/kubeconfig.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

// cobra's directive bits, which kubectl and our own scripts understand.
constexpr int k_default = 0;  ///< files, if nothing else fits
constexpr int k_no_space = 2;
constexpr int k_no_files = 4;
constexpr int k_only_folders = 16;

struct Choice {
  std::string word;
  std::string description;
};

struct Choices {
  std::vector<Choice> list;
  int directive = k_no_files;
};

/// What is known when the last word is completed.
struct Typed {
  SplitLine line;                   ///< without the last word
  const GivenFlag* open = nullptr;  ///< the flag whose value is being typed
  std::string partial;              ///< of a value: without "--flag="
  bool words_only = false;          ///< behind `--`
};

using Kubeconfigs = std::optional<std::filesystem::path>;

Kubeconfigs kubeconfig_of(const SplitLine& line) {
  Kubeconfigs path;
  for (const GivenFlag& flag : line.flags) {
    if (flag.name == "kubeconfig" && !flag.value.empty()) path = flag.value;
  }
  return path;
}

Choices plain_words(const std::vector<std::string>& words) {
  Choices choices;
  for (const std::string& word : words) choices.list.push_back({word, ""});
  return choices;
}

Choices one_context(const Typed& typed, const Catalogue&) {
  return plain_words(context_names(kubeconfig_of(typed.line)));
}

/// The last item of a list. Another may follow, so no space is put behind it.
Choices last_of_list(const Typed& typed, const std::vector<std::string>& names) {
  std::string head = typed.partial.substr(0, typed.partial.rfind(',') + 1);
  const std::vector<std::string> named = split(head, ',');
  if (typed.partial.substr(head.size()).starts_with('-')) head += '-';
  Choices choices;
  for (const std::string& name : names) {
    const bool again = std::find(named.begin(), named.end(), name) != named.end();
    if (!again) choices.list.push_back({head + name, ""});
  }
  choices.directive = k_no_files | k_no_space;
  return choices;
}

Choices many_contexts(const Typed& typed, const Catalogue&) {
  return last_of_list(typed, context_names(kubeconfig_of(typed.line)));
}

Choices third_party_plugins(const Typed& typed, const Catalogue& catalogue) {
  std::vector<std::string> names;
  for (const PluginEntry& plugin : catalogue.plugins) {
    if (plugin.origin != Origin::bundled) names.push_back(plugin.manifest.name);
  }
  return last_of_list(typed, names);
}

/// Names of entries of the kubeconfig; none if it cannot be read.
template <typename Entries>
Choices entry_names(const Typed& typed, Entries Kubeconfig::*entries) {
  Choices choices;
  try {
    const Kubeconfig config = load_kubeconfig(kubeconfig_of(typed.line));
    for (const auto& [name, entry] : config.*entries) choices.list.push_back({name, ""});
  } catch (const Failure&) {
    // Completion has nobody to tell.
  }
  return choices;
}

Choices strategies(const Typed&, const Catalogue& catalogue) {
  Choices choices;
  for (const Extension* strategy : catalogue.of_point("ca/1")) {
    choices.list.push_back({strategy->name, strategy->summary});
  }
  return choices;
}

/// Flags whose values are looked up, by their name or by the word that stands for the value in
/// help.
struct Source {
  std::string_view flag;
  std::string_view value;
  Choices (*look_up)(const Typed&, const Catalogue&);
};
constexpr std::array<Source, 6> k_sources{{
    {"contexts", "", many_contexts},
    {"context", "", one_context},
    {"cluster", "",
     [](const Typed& typed, const Catalogue&) {
       return entry_names(typed, &Kubeconfig::clusters);
     }},
    {"user", "",
     [](const Typed& typed, const Catalogue&) { return entry_names(typed, &Kubeconfig::users); }},
    {"allow-unsandboxed", "", third_party_plugins},
    {"", "STRATEGY", strategies},
}};

Choices values(const Typed& typed, const Catalogue& catalogue) {
  const Option& option = *typed.open->option;
  for (const Source& source : k_sources) {
    const bool by_value = !source.value.empty() && source.value == option.value;
    if (source.flag == option.name || by_value) return source.look_up(typed, catalogue);
  }
  if (option.type == OptionType::flag) return plain_words({"true", "false"});
  Choices choices = plain_words(option.choices);
  if (option.type == OptionType::path) {
    choices.directive = option.value == "FOLDER" ? k_only_folders : k_default;
  }
  return choices;
}

Choices flag_names(const Typed& typed, const std::vector<FlagRow>& rows) {
  Choices choices;
  for (const FlagRow& row : rows) {
    const bool given =
        std::any_of(typed.line.flags.begin(), typed.line.flags.end(),
                    [&](const GivenFlag& flag) { return flag.name == row.option.name; });
    if (given && !row.option.repeated) continue;
    const std::string dashes = row.option.name.size() == 1 ? "-" : "--";
    choices.list.push_back({dashes + row.option.name, row.option.help});
  }
  return choices;
}

Choices next_words(const Typed& typed, const std::vector<CommandRow>& commands,
                   const Catalogue& catalogue) {
  const std::vector<std::string>& words = typed.line.words;
  Choices choices;
  std::set<std::string> seen;
  for (const CommandRow& command : commands) {
    const bool below = words.size() < command.words.size() &&
                       std::equal(words.begin(), words.end(), command.words.begin());
    if (!below || !seen.insert(command.words[words.size()]).second) continue;
    choices.list.push_back({command.words[words.size()], words.empty()
                                                             ? group_summary(command, catalogue)
                                                             : command.verb.summary});
  }
  return choices;
}

/// The words in front of the last one, taken apart with an empty word behind them: if a flag took
/// that for its value, it is this flag whose value is being typed.
Typed read_typed(const std::vector<std::string>& words, const std::vector<FlagRow>& flags) {
  Typed typed;
  std::vector<std::string> line(words.begin(), words.end() - (words.empty() ? 0 : 1));
  typed.words_only = std::find(line.begin(), line.end(), "--") != line.end();
  typed.partial = words.empty() ? "" : words.back();
  const std::size_t equals = typed.partial.find('=');
  const bool assigning =
      typed.partial.starts_with("--") && equals != std::string::npos && !typed.words_only;
  line.push_back(assigning ? typed.partial.substr(0, equals + 1) : "");
  typed.line = split_line(line, flags);
  if (assigning) {
    typed.partial.erase(0, equals + 1);
    typed.open = &typed.line.flags.back();
  } else if (!typed.line.words.empty() && typed.line.words.back().empty()) {
    typed.line.words.pop_back();
  } else {
    typed.open = &typed.line.flags.back();
  }
  return typed;
}

Choices choices_for(const std::vector<std::string>& words, const Catalogue& catalogue,
                    std::string& partial) {
  const std::vector<CommandRow> commands = all_commands(catalogue);
  std::vector<FlagRow> flags = all_flags(commands, nullptr);
  Typed typed = read_typed(words, flags);
  const CommandRow* command = find_command(commands, typed.line.words);
  if (command != nullptr) {
    flags = all_flags(commands, command);
    typed = read_typed(words, flags);
  }
  partial = typed.partial;
  if (typed.open != nullptr) {
    return typed.open->option == nullptr ? Choices{} : values(typed, catalogue);
  }
  if (partial.starts_with('-') && !typed.words_only) {
    return flag_names(typed, command == nullptr ? host_flags() : flags_of(*command));
  }
  return command == nullptr ? next_words(typed, commands, catalogue) : Choices{};
}

}  // namespace

std::string complete(const std::vector<std::string>& words, const Catalogue& catalogue) {
  std::string partial;
  Choices choices;
  try {
    choices = choices_for(words, catalogue, partial);
  } catch (const Failure&) {
    // A line that makes no sense has no continuation.
  }
  std::string text;
  for (const Choice& choice : choices.list) {
    // What cannot be printed cannot be typed either.
    if (!choice.word.starts_with(partial) || escape_terminal(choice.word) != choice.word) continue;
    const std::string description = escape_terminal(choice.description);
    text += choice.word + (description.empty() ? "" : "\t" + description) + "\n";
  }
  return text + ":" + std::to_string(choices.directive) + "\n";
}

}  // namespace mesh
