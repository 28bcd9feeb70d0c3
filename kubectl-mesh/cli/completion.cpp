#include "cli/completion.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.hpp"
#include "cli/command_table.hpp"
#include "cluster/kubeconfig.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace {

// cobra's directive bits, which kubectl and our own scripts understand.
constexpr int k_no_space = 2;
constexpr int k_no_files = 4;
constexpr int k_files = 0;

struct Choices {
  std::vector<std::pair<std::string, std::string>> list;
  int directive = k_no_files;
};

constexpr const char* k_bash = R"(_kubectl_mesh() {
  local line directive=0 current=${COMP_WORDS[COMP_CWORD]} reply=()
  # bash splits words at = and :, the program does not; give it the words up to the cursor as they are.
  local words=("${COMP_WORDS[@]:1:COMP_CWORD}")
  while IFS= read -r line; do
    case $line in
      :*) directive=${line#:} ;;
      *) reply+=("${line%%$'\t'*}") ;;
    esac
  done < <("${COMP_WORDS[0]}" __complete "${words[@]}" 2> /dev/null)
  COMPREPLY=()
  local choice
  for choice in "${reply[@]}"; do
    [[ $choice == "$current"* ]] && COMPREPLY+=("$choice")
  done
  if ((directive & 2)); then compopt -o nospace; fi
  if (((directive & 4) == 0)) && [ ${#COMPREPLY[@]} -eq 0 ]; then compopt -o default; fi
}
complete -F _kubectl_mesh PROGRAM
)";
constexpr const char* k_zsh = R"(#compdef PROGRAM
_kubectl_mesh() {
  local -a choices
  local line
  for line in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2> /dev/null)}"; do
    [[ $line == :* ]] || choices+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done
  _describe 'choices' choices || _files
}
compdef _kubectl_mesh PROGRAM
)";
constexpr const char* k_fish = R"(function __kubectl_mesh_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] __complete $words[2..-1] 2> /dev/null | string match -v ':*'
end
complete -c PROGRAM -f -a '(__kubectl_mesh_complete)'
)";
constexpr const char* k_powershell =
    R"(Register-ArgumentCompleter -Native -CommandName PROGRAM -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($wordToComplete -eq '') { $words += '' }
  & PROGRAM __complete @words 2>$null | Where-Object { $_ -notlike ':*' } | ForEach-Object {
    $parts = $_ -split "`t"
    [System.Management.Automation.CompletionResult]::new($parts[0], $parts[0], 'ParameterValue', $parts[-1])
  }
}
)";
constexpr std::array<std::pair<std::string_view, const char*>, 4> k_scripts{
    {{"bash", k_bash}, {"zsh", k_zsh}, {"fish", k_fish}, {"powershell", k_powershell}}};

class Completer {
 public:
  Completer(const std::vector<std::string>& words, const Catalogue& catalogue)
      : m_catalogue(catalogue), m_commands(all_commands(catalogue)) {
    m_partial = words.empty() ? "" : words.back();
    for (std::size_t at = 0; at + 1 < words.size(); ++at) read_word(words[at]);
    for (const CommandRow& command : m_commands) {
      if (command.words == m_words) m_command = &command;
    }
  }

  Choices choices() const {
    if (!m_pending.empty()) return values(m_pending, m_partial, "");
    if (m_partial.starts_with("--")) {
      const std::size_t equals = m_partial.find('=');
      if (equals != std::string::npos) {
        return values(m_partial.substr(2, equals - 2), m_partial.substr(equals + 1),
                      m_partial.substr(0, equals + 1));
      }
    }
    if (m_partial.starts_with('-')) return flags();
    return words();
  }

 private:
  /// A flag that wants a value leaves it to the next word.
  void read_word(const std::string& word) {
    if (!m_pending.empty()) {
      if (m_pending == "kubeconfig") m_kubeconfig = word;
      m_pending.clear();
      return;
    }
    if (word.starts_with("--kubeconfig=")) m_kubeconfig = word.substr(13);
    if (!word.starts_with('-')) {
      m_words.push_back(word);
    } else if (word.find('=') == std::string::npos) {
      const Option* option = find(word);
      if (option != nullptr && option->type != OptionType::flag) m_pending = option->name;
    }
  }

  const Option* find(const std::string& word) const {
    for (const FlagRow& row : host_flags()) {
      const bool short_form = row.letter != 0 && word == std::string("-") + row.letter;
      if (word == "--" + row.name || short_form) return &row.option;
    }
    for (const CommandRow& command : m_commands) {
      for (const Option& option : command.verb.options) {
        if (word == "--" + option.name) return &option;
      }
    }
    return nullptr;
  }

  Choices words() const {
    Choices choices;
    std::set<std::string> seen;
    for (const CommandRow& command : m_commands) {
      const bool below = m_words.size() < command.words.size() &&
                         std::equal(m_words.begin(), m_words.end(), command.words.begin());
      if (!below) continue;
      const std::string& word = command.words[m_words.size()];
      if (!seen.insert(word).second) continue;
      const Extension* concern = m_catalogue.extension("command/1:" + word);
      const bool group = m_words.empty() && concern != nullptr;
      choices.list.emplace_back(word, group ? concern->summary : command.verb.summary);
    }
    if (m_words == std::vector<std::string>{"completion"}) {
      for (const auto& [shell, script] : k_scripts) choices.list.emplace_back(shell, "");
    }
    return choices;
  }

  Choices flags() const {
    Choices choices;
    for (const FlagRow& row : host_flags()) {
      if (m_command == nullptr || takes(*m_command, row))
        choices.list.emplace_back("--" + row.name, row.option.help);
    }
    if (m_command != nullptr) {
      for (const Option& option : m_command->verb.options)
        choices.list.emplace_back("--" + option.name, option.help);
    }
    return choices;
  }

  /// `before` is what stands in the word before the value: "--flag=", or the contexts named
  /// already.
  Choices values(const std::string& name, const std::string& partial,
                 const std::string& before) const {
    Choices choices;
    const Option* option = find("--" + name);
    if (name == "context" || name == "contexts")
      return contexts(name == "contexts" ? partial : "", before);
    if (option == nullptr) return choices;
    if (option->type == OptionType::path) choices.directive = k_files;
    for (const std::string& choice : option->choices)
      choices.list.emplace_back(before + choice, "");
    if (option->value == "STRATEGY") {
      for (const Extension* strategy : m_catalogue.of_point("ca/1"))
        choices.list.emplace_back(before + strategy->name, strategy->summary);
    }
    return choices;
  }

  Choices contexts(const std::string& partial, const std::string& before) const {
    Choices choices;
    const std::size_t comma = partial.rfind(',');
    const std::string named = comma == std::string::npos ? "" : partial.substr(0, comma + 1);
    const std::vector<std::string> taken = split(named, ',');
    for (const std::string& context : context_names(m_kubeconfig)) {
      if (std::find(taken.begin(), taken.end(), context) == taken.end()) {
        choices.list.emplace_back(before + named + context, "");
      }
    }
    choices.directive = k_no_files | (before.empty() && named.empty() ? 0 : k_no_space);
    return choices;
  }

  const Catalogue& m_catalogue;
  std::vector<CommandRow> m_commands;
  const CommandRow* m_command = nullptr;
  std::vector<std::string> m_words;
  std::string m_partial;
  std::string m_pending;  ///< a flag whose value is being typed
  std::optional<std::filesystem::path> m_kubeconfig;
};

}  // namespace

std::string completion_script(const std::string& shell, const std::string& program) {
  for (const auto& [name, text] : k_scripts) {
    if (name != shell) continue;
    std::string script = text;
    for (std::size_t at = 0; (at = script.find("PROGRAM", at)) != std::string::npos;
         at += program.size()) {
      script.replace(at, 7, program);
    }
    return script;
  }
  throw Failure("usage", "no completion for the shell \"" + shell + "\"",
                "choose bash, zsh, fish or powershell");
}

std::string complete(const std::vector<std::string>& words, const Catalogue& catalogue) {
  const std::string partial = words.empty() ? "" : words.back();
  const Choices choices = Completer(words, catalogue).choices();
  std::string text;
  for (const auto& [choice, description] : choices.list) {
    if (!choice.starts_with(partial)) continue;
    text += escape_terminal(choice) + (description.empty() ? "" : "\t" + description) + "\n";
  }
  return text + ":" + std::to_string(choices.directive) + "\n";
}

}  // namespace mesh
