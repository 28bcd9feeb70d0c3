#include "verbs.hpp"

#include "mesh/verb_rows.hpp"

namespace mesh::inject {

namespace {

Options namespace_options() {
  return {repeated(option("namespaces", OptionType::text, "NAMES",
                          "namespaces, with commas or given several times")),
          option("istio-namespace", OptionType::text, "NAME", "where istiod is", "istio-system")};
}

Option timeout_option() {
  return option("rollout-timeout", OptionType::duration, "5m", "how long one rollout may take",
                "5m");
}

Options restarting_options() {
  return with(namespace_options(),
              {option("restart", OptionType::flag, "", "restart workloads whose pods are stale"),
               option("no-restart", OptionType::flag, "", "do not, whatever mesh.yaml says"),
               timeout_option()});
}

Options enabling_options() {
  return with(restarting_options(),
              {option("revision", OptionType::text, "NAME",
                      "revision or tag of Istio that injects (default: the default one)")});
}

std::vector<CommandVerb> verbs() {
  return {
      verb({.name = "enable",
            .summary = "Give the pods of namespaces a sidecar",
            .details =
                "Labels the namespaces. A pod gets its sidecar when it is made: those that run "
                "already are listed by workload, and with --restart their workloads are restarted "
                "one after the other, as their PodDisruptionBudgets allow. Namespaces out of "
                "mesh.yaml are restarted unless it says restart: false.",
            .options = enabling_options(),
            .examples = {{"label, and restart what runs without",
                          "inject enable --namespaces default --restart --contexts "
                          "game-agones,game-gke"},
                         {"by a revision",
                          "inject enable --namespaces default --revision 1-31 --contexts "
                          "game-agones,game-gke"}}},
           enable),
      verb({.name = "disable",
            .summary = "Take the sidecars away again",
            .details = "Gives the namespaces that enable labelled their labels back as they were.",
            .options = restarting_options(),
            .examples = {{"all that enable labelled",
                          "inject disable --restart --contexts game-agones,game-gke"}}},
           disable),
      verb({.name = "status",
            .summary = "Show who has a sidecar and who should",
            .details = "Exit status 1 while a pod runs otherwise than its namespace says.",
            .options = namespace_options(),
            .examples = {{"two clusters", "inject status --contexts game-agones,game-gke"}}},
           status),
      verb({.name = "restart",
            .summary = "Restart workloads whose pods are stale",
            .details =
                "Without a sidecar that they should have, with one that they should not have, or "
                "with one of another revision, version or configuration.",
            .options = with(namespace_options(),
                            {option("all", OptionType::flag, "",
                                    "every workload with a sidecar, as after a new root CA"),
                             timeout_option()}),
            .examples = {{"what is stale", "inject restart --contexts game-agones,game-gke"}}},
           restart)};
}

Needs needs() {
  return {
      .reads = {"v1/Namespace", "v1/Pod", "v1/ConfigMap", "apps/v1/Deployment",
                "apps/v1/StatefulSet", "apps/v1/DaemonSet", "apps/v1/ReplicaSet",
                "policy/v1/PodDisruptionBudget", "v1/Service",
                "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration"},
      .writes = {"v1/Namespace", "apps/v1/Deployment", "apps/v1/StatefulSet", "apps/v1/DaemonSet"}};
}

}  // namespace

ExtensionPtr make_command() {
  return std::make_unique<Command>(
      "inject", "Sidecars for the pods of chosen namespaces", verbs(),
      // New pods find their mesh complete.
      Lifecycle{
          .after = {"certs", "helm", "serviceentry", "dns"}, .up = "enable", .down = "disable"},
      settings_schema(), needs());
}

}  // namespace mesh::inject
