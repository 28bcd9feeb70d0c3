#include "cli/host_command.hpp"

namespace mesh {

namespace {

using Group = FlagGroup;

}  // namespace

std::vector<HostCommand> mesh_commands() {
  return {
      {.words = {"contexts"},
       .summary = "Show which clusters would be addressed",
       .details = "Lists the contexts of the kubeconfig, or those that --contexts selects, without "
                  "contacting them.\n\nWith --check every cluster is asked whether it answers, for "
                  "its version and for the UID of its namespace kube-system, which shows contexts "
                  "that are one and the same cluster.",
       .options = {flag("check", "ask the clusters who they are")},
       .examples = {{"all contexts of the kubeconfig", "contexts"},
                    {"whether two clusters answer, and who they are",
                     "contexts --contexts game-agones,game-gke --check"},
                    {"names only, for a script", "contexts -o name"}},
       .groups = {Group::clusters, Group::access, Group::output}},
      {.words = {"down"},
       .summary = "Take the mesh, or one cluster of it, down",
       .details = "All concerns in reverse order; only what this tool made. With --cluster one "
                  "cluster leaves and the rest stays meshed.",
       .changes = true,
       .options = {text("cluster", "CONTEXT", "the one cluster that leaves", "")},
       .examples = {{"see what would go", "down -f mesh.yaml --dry-run=client"},
                    {"one cluster leaves", "down -f mesh.yaml --cluster game-gke"}},
       .groups = {Group::clusters, Group::concern, Group::change, Group::output, Group::access}},
      {.words = {"init"},
       .summary = "Look at clusters and write a mesh.yaml for them",
       .details = "Writes a commented mesh.yaml to standard output, which works as it is: the "
                  "clusters with their names, networks and UIDs, what is in them already, and the "
                  "strategies that fit them. Changes nothing.",
       .options = {text("mesh-id", "NAME", "Istio's mesh ID", "mesh1"),
                   text("trust-domain", "DOMAIN", "trust domain of the mesh", "cluster.local"),
                   text("suffix", "DOMAIN", "domain of the aliases, NAME.NAMESPACE.DOMAIN",
                        "global"),
                   text("mode", "MODE", "how services of other clusters are reached", "alias",
                        {"alias", "discovery"})},
       .examples = {{"a mesh of two clusters", "init --contexts game-agones,game-gke > mesh.yaml"},
                    {"with names of a domain of your own",
                     "init --contexts 'game-*' --suffix mesh.internal > mesh.yaml"}},
       .groups = {Group::clusters, Group::access}},
      {.words = {"plan"},
       .summary = "Show what `up` would change, per cluster and concern",
       .details = "Exit status 0: nothing to do; 1: something would change. With --output-dir a "
                  "tree for GitOps is written: manifests, charts with their values, and apply.sh "
                  "with all steps in order; exit status 0.",
       .changes = true,
       .examples = {{"what would change", "plan -f mesh.yaml"},
                    {"as files for GitOps", "plan -f mesh.yaml --output-dir tree"}},
       .groups = {Group::clusters, Group::concern, Group::change, Group::output, Group::access}},
      {.words = {"status"},
       .summary = "Show the mesh on one screen",
       .details = "What each concern sees in each cluster: certificates and their days, Istio, "
                  "gateways, DNS, exports, pods without a sidecar.",
       .examples = {{"the clusters of a file", "status -f mesh.yaml"},
                    {"for a script", "status --contexts game-agones,game-gke -o json"}},
       .groups = {Group::clusters, Group::concern, Group::output, Group::access}},
      {.words = {"undo"},
       .summary = "Undo a run",
       .details = "Undoes the newest run, or RUN, its newest write first: objects, labels and "
                  "annotations, edits of objects of other owners, Secrets, and Helm releases that "
                  "the run installed, upgraded or uninstalled. Restarts cannot be undone; the "
                  "workloads are restarted again. Shows the plan and asks. A field of the run that "
                  "another manager changed since is refused with both values, exit status 4; what "
                  "others added next to it is kept. If it is interrupted, rerun the same command. "
                  "An undo is undone only by naming its RUN.",
       .changes = true,
       .options = {flag("list", "list the runs that the journal knows")},
       .examples = {{"list the runs", "undo --list"},
                    {"undo the newest run", "undo"},
                    {"show what undoing a run would change",
                     "undo 20261123-201500-4f2a --dry-run=client"}},
       .groups = {Group::clusters, Group::access, Group::change, Group::output},
       .positional = "[RUN]"},
      {.words = {"up"},
       .summary = "Make one mesh of the clusters",
       .details = "All concerns in their order, each on all clusters before the next begins: "
                  "certificates, Istio, DNS, services, injection, and the proof that it works. "
                  "Shows the plan and asks. A run that was cut off is continued by the same "
                  "command; with nothing to do it writes nothing.",
       .changes = true,
       .examples = {{"from a file", "up -f mesh.yaml"},
                    {"without a file, and without a question",
                     "up --contexts game-agones,game-gke --yes"}},
       .groups = {Group::clusters, Group::concern, Group::change, Group::output, Group::access}}};
}

}  // namespace mesh
