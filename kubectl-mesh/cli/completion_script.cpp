#include <array>
#include <string_view>

#include "cli/completion.hpp"
#include "mesh/problem.hpp"

// Each script asks `PROGRAM __complete WORDS...` and knows its directive bits: 2 no space behind
// the choice, 4 no files, 16 folders only.

namespace mesh {

namespace {

// bash cuts words at characters of COMP_WORDBREAKS, among them = and :, which context names hold;
// the words are put together again for the program, and what bash does not replace is cut off.
constexpr std::string_view k_bash = R"script(# bash completion for PROGRAM
_kubectl_mesh() {
  local rest=${COMP_LINE:0:COMP_POINT} words=() piece choice prefix directive=4 i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    piece=${COMP_WORDS[i]}
    if ((i == 0)) || [[ $rest == [[:space:]]* ]]; then
      words+=("")
      rest=${rest#"${rest%%[![:space:]]*}"}
    fi
    ((i == COMP_CWORD)) && piece=$rest
    words[${#words[@]} - 1]+=$piece
    rest=${rest#"$piece"}
  done
  words=("${words[@]//[\'\"\\]/}")
  local current=${words[${#words[@]} - 1]}
  [[ $current == --*=* ]] && current=${current#*=}
  prefix=
  if [[ $COMP_WORDBREAKS == *:* && $current == *[:=@]* ]]; then
    prefix=${current%"${current##*[:=@]}"}
  fi
  COMPREPLY=()
  while IFS= read -r choice; do
    case $choice in
      :*) directive=${choice#:} ;;
      *)
        choice=${choice%%$'\t'*}
        COMPREPLY+=("${choice#"$prefix"}")
        ;;
    esac
  done < <("${COMP_WORDS[0]}" __complete "${words[@]:1}" 2> /dev/null)
  if ((directive & 2)); then compopt -o nospace 2> /dev/null; fi
  if ((directive & 16)); then
    compopt -o dirnames 2> /dev/null
  elif (((directive & 4) == 0)); then
    compopt -o default 2> /dev/null
  fi
}
complete -F _kubectl_mesh PROGRAM
)script";

constexpr std::string_view k_zsh = R"script(#compdef PROGRAM
# zsh completion for PROGRAM
_PROGRAM() {
  local line word directive=4
  local -a choices displays words_so_far options
  words_so_far=("${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}")
  while IFS= read -r line; do
    if [[ $line == :* ]]; then
      directive=${line#:}
      continue
    fi
    word=${line%%$'\t'*}
    choices+=("$word")
    [[ $line == *$'\t'* ]] && word="$word  -- ${line#*$'\t'}"
    displays+=("$word")
  done < <("${(Q)words[1]}" __complete "${words_so_far[@]}" 2> /dev/null)
  [[ $PREFIX == --*=* ]] && compset -P '*='
  (( directive & 2 )) && options+=(-S '')
  if (( ${#choices} )); then
    compadd -l -d displays "${options[@]}" -a choices
  elif (( directive & 16 )); then
    _files -/
  elif (( ! (directive & 4) )); then
    _files
  fi
}
if [[ ${funcstack[1]} == _PROGRAM ]]; then
  _PROGRAM "$@"
else
  compdef _PROGRAM PROGRAM
fi
)script";

constexpr std::string_view k_fish = R"script(# fish completion for PROGRAM
function __kubectl_mesh_complete
    set -l tokens (commandline -opc)
    set -l current (commandline -ct)
    set -l answer ($tokens[1] __complete $tokens[2..-1] "$current" 2>/dev/null)
    set -l directive (string replace ':' '' -- $answer[-1])
    set -e answer[-1]
    # fish replaces the whole word, the choices are for the part behind the "=".
    set -l before (string match -r -- '^--[^=]*=' $current)
    if test (count $answer) -gt 0
        for choice in $answer
            echo "$before$choice"
        end
    else if test (math "bitand($directive, 16)") -ne 0
        __fish_complete_directories (string replace -- "$before" '' $current) ''
    else if test (math "bitand($directive, 4)") -eq 0
        __fish_complete_path (string replace -- "$before" '' $current)
    end
end
complete -c PROGRAM -f -a '(__kubectl_mesh_complete)'
)script";

constexpr std::string_view k_powershell = R"script(# PowerShell completion for PROGRAM
Register-ArgumentCompleter -Native -CommandName 'PROGRAM' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ("$wordToComplete" -eq '') { $words += '""' }
  $before = ''
  if ("$wordToComplete" -match '^(--[^=]*=)') { $before = $Matches[1] }
  & PROGRAM __complete @words 2>$null | Where-Object { $_ -notmatch '^:\d+$' } | ForEach-Object {
    $choice, $description = $_ -split "`t", 2
    if (-not $description) { $description = $choice }
    [System.Management.Automation.CompletionResult]::new(
      $before + $choice, $choice, 'ParameterValue', $description)
  }
}
)script";

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> k_scripts{
    {{"bash", k_bash}, {"zsh", k_zsh}, {"fish", k_fish}, {"powershell", k_powershell}}};

}  // namespace

std::string completion_script(const std::string& shell, const std::string& program) {
  constexpr std::string_view k_place = "PROGRAM";
  for (const auto& [name, text] : k_scripts) {
    if (name != shell) continue;
    std::string script(text);
    for (std::size_t at = script.find(k_place); at != std::string::npos;
         at = script.find(k_place, at + program.size())) {
      script.replace(at, k_place.size(), program);
    }
    return script;
  }
  throw Failure("usage", "there is no completion for the shell \"" + shell + "\"",
                "choose bash, zsh, fish or powershell");
}

}  // namespace mesh
