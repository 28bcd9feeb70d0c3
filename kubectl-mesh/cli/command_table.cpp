#include "cli/command_table.hpp"

#include <algorithm>

namespace mesh {

namespace {

using Group = FlagRow::Group;

Option text(std::string name, std::string value, std::string help, bool repeated = false) {
  return {.name = std::move(name),
          .type = OptionType::text,
          .value = std::move(value),
          .help = std::move(help),
          .fallback = {},
          .choices = {},
          .repeated = repeated};
}

Option path(std::string name, std::string value, std::string help) {
  Option option = text(std::move(name), std::move(value), std::move(help));
  option.type = OptionType::path;
  return option;
}

Option flag(std::string name, std::string help) {
  Option option = text(std::move(name), "", std::move(help));
  option.type = OptionType::flag;
  return option;
}

Option choice(std::string name, std::string help, std::string fallback,
              std::vector<std::string> choices) {
  Option option = text(std::move(name), "", std::move(help));
  option.fallback = std::move(fallback);
  option.choices = std::move(choices);
  return option;
}

}  // namespace

const std::vector<FlagRow>& host_flags() {
  static const std::vector<FlagRow> rows{
      {"contexts", 0,
       text("contexts", "a,b,'game-*',-x", "contexts of the clusters; patterns; -x leaves one out",
            true),
       Group::cluster},
      {"context", 0, text("context", "NAME", "one context; default: the current one"),
       Group::cluster},
      {"kubeconfig", 0,
       path("kubeconfig", "FILE", "kubeconfig to use instead of KUBECONFIG and ~/.kube/config"),
       Group::cluster},
      {"filename", 'f', path("filename", "FILE", "mesh.yaml that names clusters and settings"),
       Group::cluster},
      {"cluster", 0, text("cluster", "NAME", "cluster of the kubeconfig to use"), Group::cluster},
      {"user", 0, text("user", "NAME", "user of the kubeconfig to use"), Group::cluster},
      {"namespace", 'n', text("namespace", "NAME", "namespace, where a verb has one"),
       Group::cluster},
      {"server", 's', text("server", "URL", "address of the API server"), Group::cluster},
      {"tls-server-name", 0,
       text("tls-server-name", "NAME", "name that the server's certificate must carry"),
       Group::cluster},
      {"insecure-skip-tls-verify", 0,
       flag("insecure-skip-tls-verify", "do not verify the server's certificate"), Group::cluster},
      {"certificate-authority", 0, path("certificate-authority", "FILE", "CA of the API server"),
       Group::cluster},
      {"client-certificate", 0, path("client-certificate", "FILE", "client certificate"),
       Group::cluster},
      {"client-key", 0, path("client-key", "FILE", "key of the client certificate"),
       Group::cluster},
      {"token", 0,
       text("token", "TOKEN",
            "bearer token (visible to other users of this machine: prefer a kubeconfig)"),
       Group::cluster},
      {"as", 0, text("as", "USER", "user to impersonate"), Group::cluster},
      {"as-uid", 0, text("as-uid", "UID", "UID to impersonate"), Group::cluster},
      {"as-group", 0, text("as-group", "GROUP", "group to impersonate", true), Group::cluster},
      {"as-user-extra", 0,
       text("as-user-extra", "KEY=VALUE", "extra of the user to impersonate", true),
       Group::cluster},
      {"request-timeout", 0, text("request-timeout", "5s", "longest wait for one request; 0: 70 s"),
       Group::cluster},
      {"disable-compression", 0, flag("disable-compression", "do not ask servers to compress"),
       Group::cluster},
      {"timeout", 0, text("timeout", "10m", "longest time for the whole run"), Group::cluster},
      {"set", 0, text("set", "KEY=VALUE", "setting of the concern or its strategy", true),
       Group::cluster},
      {"dry-run", 0,
       choice("dry-run", "client: only show the plan; server: let the servers check it", "none",
              {"none", "client", "server"}),
       Group::change},
      {"yes", 'y', flag("yes", "do not ask before changing clusters"), Group::change},
      {"output-dir", 0,
       path("output-dir", "FOLDER",
            "write the plan as manifests, one folder per cluster, and change nothing"),
       Group::change},
      {"output", 'o',
       choice("output", "output format", "table", {"table", "wide", "json", "yaml", "name"}),
       Group::output},
      {"show-secrets", 0, flag("show-secrets", "show the values of Secrets"), Group::output},
      {"color", 0, choice("color", "colours", "auto", {"auto", "always", "never"}), Group::output},
      {"v",
       'v',
       {.name = "v",
        .type = OptionType::number,
        .value = "N",
        .help = "how much to tell: 6 shows requests, 8 bodies too",
        .fallback = {},
        .choices = {},
        .repeated = false},
       Group::global},
      {"help", 'h', flag("help", "help for the command"), Group::global},
  };
  return rows;
}

const std::vector<CommandRow>& host_commands() {
  static const std::vector<CommandRow> rows{
      {{"contexts"},
       {.name = "contexts",
        .summary = "Show which clusters would be addressed",
        .details =
            "Lists the contexts of the kubeconfig, or those that --contexts selects, without the "
            "network.\nWith --check each cluster is asked for its version and identity.",
        .changes = false,
        .options = {flag("check", "ask the clusters: do they answer, which are the same one")},
        .examples = {{"all contexts", "contexts"},
                     {"whether two clusters answer", "contexts --contexts a,b --check"}}},
       true,
       ""},
      {{"undo"},
       {.name = "undo",
        .summary = "Take a run back",
        .details = "Takes the newest run, or RUN, back: newest write first. What somebody else "
                   "changed since is refused.",
        .changes = true,
        .options = {flag("list", "list the runs that the journal knows")},
        .examples = {{"what there is to undo", "undo --list"},
                     {"take the newest run back", "undo"}}},
       true,
       "[RUN]"},
      {{"plugin", "list"},
       {.name = "list",
        .summary = "List the installed plugins",
        .details = "Reads the manifests beside the libraries; loads none of them.",
        .changes = false,
        .options = {},
        .examples = {{"what is installed", "plugin list"},
                     {"for a script", "plugin list -o json"}}},
       false,
       ""},
      {{"completion"},
       {.name = "completion",
        .summary = "Print a shell's completion script",
        .details = "For `kubectl mesh` itself, kubectl asks the program kubectl_complete-mesh, "
                   "which lies beside kubectl-mesh: put it on PATH.",
        .changes = false,
        .options = {},
        .examples = {{"in this bash", "completion bash > mesh.bash && . ./mesh.bash"},
                     {"for fish",
                      "completion fish > ~/.config/fish/completions/kubectl-mesh.fish"}}},
       false,
       "bash|zsh|fish|powershell"},
      {{"version"},
       {.name = "version",
        .summary = "Print the version",
        .details = "Of this program, its plugin ABI and the installed plugins.",
        .changes = false,
        .options = {},
        .examples = {{"the version", "version"}, {"for a script", "version -o json"}}},
       false,
       ""},
  };
  return rows;
}

std::vector<CommandRow> all_commands(const Catalogue& catalogue) {
  std::vector<CommandRow> rows = host_commands();
  for (const Extension* extension : catalogue.of_point("command/1")) {
    for (const Verb& verb : extension->verbs)
      rows.push_back({{extension->name, verb.name}, verb, true, ""});
  }
  std::stable_sort(rows.begin(), rows.end(), [](const CommandRow& a, const CommandRow& b) {
    return a.words.front() < b.words.front();
  });
  return rows;
}

bool takes(const CommandRow& command, const FlagRow& flag) {
  switch (flag.group) {
    case FlagRow::Group::cluster:
      return command.addresses_clusters || flag.name == "kubeconfig";
    case FlagRow::Group::change:
      return command.verb.changes;
    default:
      return true;
  }
}

std::string program_name(const std::string& argv0) {
  const std::string base = argv0.substr(argv0.rfind('/') + 1);
  if (!base.starts_with("kubectl-")) return base;
  std::string name = "kubectl " + base.substr(8);
  std::replace(name.begin() + 8, name.end(), '_', '-');
  return name;
}

}  // namespace mesh
