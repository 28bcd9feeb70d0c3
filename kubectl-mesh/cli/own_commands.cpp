#include "cli/host_command.hpp"

namespace mesh {

namespace {

using Group = FlagGroup;

HostCommand completion(const std::string& shell, Example example) {
  return {.words = {"completion", shell},
          .summary = "Print the completion script for " + shell,
          .details =
              "The script completes the program kubectl-mesh. For `kubectl mesh` it is kubectl "
              "that completes: see `completion install`.",
          .examples = {std::move(example), {"to look at", "completion " + shell}}};
}

}  // namespace

std::vector<HostCommand> own_commands() {
  return {
      completion("bash",
                 {"in the bash that is running", "completion bash > mesh.bash && . ./mesh.bash"}),
      completion("fish", {"in every fish",
                          "completion fish > ~/.config/fish/completions/kubectl-mesh.fish"}),
      {.words = {"completion", "install"},
       .summary = "Make kubectl complete `kubectl mesh`",
       .details =
           "kubectl asks the program kubectl_complete-mesh, which has to be on PATH; krew does not "
           "put it there. This copies it beside the kubectl-mesh that kubectl finds, or else to "
           "the first folder of PATH that is yours. An upgrade needs no new copy. Your shell must "
           "have kubectl's own completion loaded (kubectl completion --help).",
       .options = {path("dir", "FOLDER", "folder to put it in"),
                   text("dry-run", "MODE", "client: only say what would be done", "none",
                        {"none", "client"})},
       .examples = {{"where kubectl finds it", "completion install"},
                    {"see where that would be", "completion install --dry-run=client"},
                    {"to a folder of your choice", "completion install --dir ~/bin"}}},
      completion("powershell", {"in every PowerShell", "completion powershell >> $PROFILE"}),
      completion("zsh", {"in every zsh (a folder of $fpath)",
                         "completion zsh > ~/.zsh/completions/_kubectl-mesh"}),
      {.words = {"doctor"},
       .summary = "Look what is wrong with this installation",
       .details = "Other programs of our name on PATH, plugins that are missing or cannot be used, "
                  "programs that plugins need, kubectl and its completion, what the kernel can "
                  "keep a plugin from. Contacts no cluster and runs no plugin.\n\nExit status 1 if "
                  "something failed; what is only to be looked at is a warning.",
       .examples = {{"for people", "doctor"}, {"for a script", "doctor -o json"}},
       .groups = {Group::output}},
      {.words = {"options"},
       .summary = "List the flags that reach clusters, and those of every command",
       .details =
           "They mean what they mean to kubectl, and may stand anywhere behind the program's name.",
       .examples = {{"all of them", "options"},
                    {"as another user, with one of them", "contexts --check --as=jane"}}},
      {.words = {"version"},
       .summary = "Print the version",
       .details = "The version of this program, the plugin ABI that it runs, and the installed "
                  "plugins. Contacts no cluster.",
       .examples = {{"for people", "version"}, {"for a script", "version -o json"}},
       .groups = {Group::output}}};
}

}  // namespace mesh
