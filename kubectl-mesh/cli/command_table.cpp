#include "cli/command_table.hpp"

#include <algorithm>
#include <array>

namespace mesh {

namespace {

using Group = FlagGroup;

Option flag(std::string name, std::string help) {
  Option option;
  option.name = std::move(name);
  option.type = OptionType::flag;
  option.help = std::move(help);
  return option;
}

Verb verb(std::string name, std::string summary, std::string details,
          std::vector<Example> examples) {
  Verb made;
  made.name = std::move(name);
  made.summary = std::move(summary);
  made.details = std::move(details);
  made.examples = std::move(examples);
  return made;
}

CommandRow contexts() {
  CommandRow row;
  row.words = {"contexts"};
  row.verb = verb("contexts", "Show which clusters would be addressed",
                  "Lists the contexts of the kubeconfig, or those that --contexts selects, without "
                  "contacting them.\n\nWith --check every cluster is asked whether it answers, for "
                  "its version and for the UID of its namespace kube-system, which shows contexts "
                  "that are one and the same cluster.",
                  {{"all contexts of the kubeconfig", "contexts"},
                   {"whether two clusters answer, and who they are",
                    "contexts --contexts game-agones,game-gke --check"},
                   {"names only, for a script", "contexts -o name"}});
  row.verb.options = {flag("check", "ask the clusters who they are")};
  row.groups = {Group::clusters, Group::access, Group::output};
  return row;
}

Option text(std::string name, std::string value, std::string help, std::string fallback,
            std::vector<std::string> choices = {}) {
  Option option;
  option.name = std::move(name);
  option.value = std::move(value);
  option.help = std::move(help);
  option.fallback = std::move(fallback);
  option.choices = std::move(choices);
  return option;
}

CommandRow init() {
  CommandRow row;
  row.words = {"init"};
  row.verb = verb(
      "init", "Look at clusters and write a mesh.yaml for them",
      "Writes a commented mesh.yaml to standard output, which works as it is: the clusters with "
      "their names, networks and UIDs, what is in them already, and the strategies that fit "
      "them. Changes nothing.",
      {{"a mesh of two clusters", "init --contexts game-agones,game-gke > mesh.yaml"},
       {"with names of a domain of your own",
        "init --contexts 'game-*' --suffix mesh.internal > mesh.yaml"}});
  row.verb.options = {
      text("mesh-id", "NAME", "Istio's mesh ID", "mesh1"),
      text("trust-domain", "DOMAIN", "trust domain of the mesh", "cluster.local"),
      text("suffix", "DOMAIN", "domain of the aliases, NAME.NAMESPACE.DOMAIN", "global"),
      text("mode", "MODE", "how services of other clusters are reached", "alias",
           {"alias", "discovery"})};
  row.groups = {Group::clusters, Group::access};
  return row;
}

CommandRow plan() {
  CommandRow row;
  row.words = {"plan"};
  row.verb = verb("plan", "Show what `up` would change, per cluster and concern",
                  "Exit status 0: nothing to do; 1: something would change. With --output-dir the "
                  "manifests are written, a folder per cluster, for GitOps.",
                  {{"what would change", "plan -f mesh.yaml"},
                   {"as manifests, a folder per cluster", "plan -f mesh.yaml --output-dir tree"}});
  row.verb.changes = true;
  row.groups = {Group::clusters, Group::concern, Group::change, Group::output, Group::access};
  return row;
}

CommandRow up() {
  CommandRow row;
  row.words = {"up"};
  row.verb = verb(
      "up", "Make one mesh of the clusters",
      "All concerns in their order, each on all clusters before the next begins: certificates, "
      "Istio, DNS, services, injection, and the proof that it works. Shows the plan and asks. A "
      "run that was cut off is continued by the same command; with nothing to do it writes "
      "nothing.",
      {{"from a file", "up -f mesh.yaml"},
       {"without a file, and without a question", "up --contexts game-agones,game-gke --yes"}});
  row.verb.changes = true;
  row.groups = {Group::clusters, Group::concern, Group::change, Group::output, Group::access};
  return row;
}

CommandRow down() {
  CommandRow row;
  row.words = {"down"};
  row.verb = verb("down", "Take the mesh, or one cluster of it, down",
                  "All concerns in reverse order; only what this tool made. With --cluster one "
                  "cluster leaves and the rest stays meshed.",
                  {{"see what would go", "down -f mesh.yaml --dry-run=client"},
                   {"one cluster leaves", "down -f mesh.yaml --cluster game-gke"}});
  row.verb.changes = true;
  row.verb.options = {text("cluster", "CONTEXT", "the one cluster that leaves", "")};
  row.groups = {Group::clusters, Group::concern, Group::change, Group::output, Group::access};
  return row;
}

CommandRow status() {
  CommandRow row;
  row.words = {"status"};
  row.verb = verb("status", "Show the mesh on one screen",
                  "What each concern sees in each cluster: certificates and their days, Istio, "
                  "gateways, DNS, exports, pods without a sidecar.",
                  {{"the clusters of a file", "status -f mesh.yaml"},
                   {"for a script", "status --contexts game-agones,game-gke -o json"}});
  row.groups = {Group::clusters, Group::concern, Group::output, Group::access};
  return row;
}

CommandRow undo() {
  CommandRow row;
  row.words = {"undo"};
  row.verb = verb(
      "undo", "Take a run back",
      "Takes the newest run back, or RUN: its newest write first. Once more takes the run before "
      "it "
      "back; an undo is itself taken back only by naming its RUN. Shows what it will do and asks, "
      "like every change. What somebody else changed since that run is refused.",
      {{"what there is to take back", "undo --list"},
       {"take the newest run back", "undo"},
       {"see what taking a run back would change", "undo 20261123-201500-4f2a --dry-run=client"}});
  row.verb.changes = true;
  row.verb.options = {flag("list", "list the runs that the journal knows")};
  row.groups = {Group::clusters, Group::access, Group::change, Group::output};
  row.positional = "[RUN]";
  return row;
}

CommandRow plugin_list() {
  CommandRow row;
  row.words = {"plugin", "list"};
  row.verb = verb(
      "list", "List the installed plugins",
      "Reads the manifests that lie beside the plugins' libraries and loads none of "
      "them. Says which plugins cannot be used, and why.",
      {{"what is installed", "plugin list"}, {"with the libraries' paths", "plugin list -o wide"}});
  row.groups = {Group::output};
  return row;
}

Option yes() {
  return flag("yes", "do it without asking");
}

CommandRow plugin_check() {
  CommandRow row;
  row.words = {"plugin", "check"};
  row.verb = verb(
      "check", "Hold a plugin against the contract",
      "Asks it everything that a host asks, against three clusters of paper, and judges what it "
      "answers and how it behaves. NAME is an installed plugin, PATH a library. Its code runs in "
      "processes that may do only what its manifest names.\n\nExit status 1 if a rule is broken; "
      "each says what it protects and how to mend it.",
      {{"one of your own", "plugin check ./corp-dns.so"},
       {"with the settings that it needs",
        "plugin check ./corp-ca.so --set root-cert=root.pem --set root-key=key.pem"},
       {"for CI", "plugin check certs -o junit"}});
  Option set = text("set", "KEY=VALUE", "one setting of its extensions", "");
  set.repeated = true;
  row.verb.options = {set};
  row.groups = {Group::output};
  row.positional = "NAME|PATH";
  return row;
}

CommandRow plugin_info() {
  CommandRow row;
  row.words = {"plugin", "info"};
  row.verb =
      verb("info", "Show what a plugin is, whose it is and what it may do",
           "NAME is an installed plugin. A path is one that is not: a library, a folder that "
           "has one, or a .tar.gz of that folder. What is shown of it is its own word, given "
           "in a process that may do nothing; only its SHA-256 is ours.",
           {{"an installed one", "plugin info certs"},
            {"before it is installed", "plugin info ./corp-ca.so"}});
  row.groups = {Group::output};
  row.positional = "NAME|PATH";
  return row;
}

CommandRow plugin_install() {
  CommandRow row;
  row.words = {"plugin", "install"};
  row.verb =
      verb("install", "Install a plugin of somebody else",
           "Copies a library to your own plugins, with the manifest that it holds. PATH is "
           "the library, a folder that has one, or a .tar.gz of that folder. Its code is not "
           "run for any cluster until it is trusted.",
           {{"a library", "plugin install ./corp-ca.so"},
            {"and trust it, without a question", "plugin install ./corp-ca.so --trust --yes"}});
  row.verb.options = {flag("trust", "trust it as well, as `plugin trust` does"), yes()};
  row.groups = {Group::output};
  row.positional = "PATH";
  return row;
}

CommandRow plugin_new() {
  CommandRow row;
  row.words = {"plugin", "new"};
  row.verb = verb("new", "Begin a plugin of your own",
                  "Writes a project that builds with its language's own tool, has a test, and does "
                  "something at once; its README.md says how to go on. NAME is the plugin's name, "
                  "and the folder's if --output-dir is not given.",
                  {{"a certificate authority", "plugin new my-ca --point ca/1 --lang go"},
                   {"a check, in a folder of another name",
                    "plugin new my-check --point check/1 --lang cpp --output-dir src"}});
  row.verb.options = {
      text("point", "POINT", "what it is to be", "", {"ca/1", "dns/1", "check/1", "command/1"}),
      text("lang", "LANGUAGE", "what it is written in", "", {"cpp", "c", "rust", "go"}),
      text("output-dir", "FOLDER", "where to write it", "")};
  row.verb.options.back().type = OptionType::path;
  row.groups = {Group::output};
  row.positional = "NAME";
  return row;
}

CommandRow plugin_remove() {
  CommandRow row;
  row.words = {"plugin", "remove"};
  row.verb = verb("remove", "Take an installed plugin away",
                  "Removes what `plugin install` made, and trusts it no more. What the plugin "
                  "stored, such as the keys of a certificate authority, is kept.",
                  {{"take it away", "plugin remove corp-ca"},
                   {"for a script", "plugin remove corp-ca -o name"}});
  row.groups = {Group::output};
  row.positional = "NAME";
  return row;
}

CommandRow plugin_trust() {
  CommandRow row;
  row.words = {"plugin", "trust"};
  row.verb =
      verb("trust", "Let a plugin's code run, as it is now",
           "Shows what the plugin is and what it may do, asks, and pins the SHA-256 of its "
           "library. If the file is another one later it is refused until it is trusted "
           "again. The plugin runs in a process of its own, which may do only what is shown.",
           {{"after a look at it", "plugin trust corp-ca"},
            {"without a question", "plugin trust corp-ca --yes"}});
  row.verb.options = {yes()};
  row.groups = {Group::output};
  row.positional = "NAME";
  return row;
}

CommandRow plugin_untrust() {
  CommandRow row;
  row.words = {"plugin", "untrust"};
  row.verb = verb("untrust", "Let a plugin's code run no more",
                  "Takes back what `plugin trust` allowed. The plugin stays installed.",
                  {{"take it back", "plugin untrust corp-ca"},
                   {"for a script", "plugin untrust corp-ca -o name"}});
  row.groups = {Group::output};
  row.positional = "NAME";
  return row;
}

CommandRow completion(const char* shell, Example example) {
  CommandRow row;
  row.words = {"completion", shell};
  row.verb = verb(shell, std::string("Print the completion script for ") + shell,
                  "The script completes the program kubectl-mesh. For `kubectl mesh` it is kubectl "
                  "that completes: see `completion install`.",
                  {std::move(example), {"to look at", std::string("completion ") + shell}});
  return row;
}

CommandRow completion_install() {
  CommandRow row;
  row.words = {"completion", "install"};
  row.verb = verb(
      "install", "Make kubectl complete `kubectl mesh`",
      "kubectl asks the program kubectl_complete-mesh, which has to be on PATH; krew does not put "
      "it there. This copies it beside the kubectl-mesh that kubectl finds, or else to the first "
      "folder of PATH that is yours. An upgrade needs no new copy. Your shell must have kubectl's "
      "own completion loaded (kubectl completion --help).",
      {{"where kubectl finds it", "completion install"},
       {"see where that would be", "completion install --dry-run=client"},
       {"to a folder of your choice", "completion install --dir ~/bin"}});
  row.verb.options = {
      text("dir", "FOLDER", "folder to put it in", ""),
      text("dry-run", "MODE", "client: only say what would be done", "none", {"none", "client"})};
  row.verb.options.front().type = OptionType::path;
  return row;
}

CommandRow doctor() {
  CommandRow row;
  row.words = {"doctor"};
  row.verb = verb("doctor", "Look what is wrong with this installation",
                  "Other programs of our name on PATH, plugins that are missing or cannot be used, "
                  "programs that plugins need, kubectl and its completion, what the kernel can "
                  "keep a plugin from. Contacts no cluster and runs no plugin.\n\nExit status 1 "
                  "if something failed; what is only to be looked at is a warning.",
                  {{"for people", "doctor"}, {"for a script", "doctor -o json"}});
  row.groups = {Group::output};
  return row;
}

CommandRow version() {
  CommandRow row;
  row.words = {"version"};
  row.verb = verb("version", "Print the version",
                  "The version of this program, the plugin ABI that it runs, and the installed "
                  "plugins. Contacts no cluster.",
                  {{"for people", "version"}, {"for a script", "version -o json"}});
  row.groups = {Group::output};
  return row;
}

CommandRow options() {
  CommandRow row;
  row.words = {"options"};
  row.verb = verb("options", "List the flags that reach clusters, and those of every command",
                  "They mean what they mean to kubectl, and may stand anywhere behind the "
                  "program's name.",
                  {{"all of them", "options"},
                   {"as another user, with one of them", "contexts --check --as=jane"}});
  return row;
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
  static const std::vector<CommandRow> rows{
      completion("bash",
                 {"in the bash that is running", "completion bash > mesh.bash && . ./mesh.bash"}),
      completion("fish", {"in every fish",
                          "completion fish > ~/.config/fish/completions/kubectl-mesh.fish"}),
      completion_install(),
      completion("powershell", {"in every PowerShell", "completion powershell >> $PROFILE"}),
      completion("zsh", {"in every zsh (a folder of $fpath)",
                         "completion zsh > ~/.zsh/completions/_kubectl-mesh"}),
      doctor(),
      contexts(),
      down(),
      init(),
      options(),
      plan(),
      plugin_check(),
      plugin_info(),
      plugin_install(),
      plugin_list(),
      plugin_new(),
      plugin_remove(),
      plugin_trust(),
      plugin_untrust(),
      status(),
      undo(),
      up(),
      version()};
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
  const std::string base = argv0.substr(argv0.rfind('/') + 1);
  if (!base.starts_with(k_prefix)) return base;
  std::string name = base.substr(k_prefix.size());
  // kubectl finds the words "istio-x" in a program named kubectl-istio_x.
  std::replace(name.begin(), name.end(), '_', '-');
  return "kubectl " + name;
}

}  // namespace mesh
