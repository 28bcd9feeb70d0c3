#include "verbs.hpp"

#include "mesh/verb_rows.hpp"

namespace mesh::certs {

namespace {

Option namespace_option() {
  return option("istio-namespace", OptionType::text, "NAME", "where istiod is", "istio-system");
}

/// What reading the proxies takes.
Options proxy_options() {
  return {namespace_option(),
          option("sample", OptionType::number, "N",
                 "how many proxies of each cluster are asked; the others are judged by their age "
                 "(default: all)")};
}

/// Which authority, and what opens its key.
Options authority_options() {
  return {option("strategy", OptionType::text, "STRATEGY", "authority that signs", "self-signed"),
          option("ca-dir", OptionType::path, "FOLDER",
                 "where the authority keeps its root (default: the user's data folder)"),
          option("passphrase-file", OptionType::path, "FILE",
                 "file whose first line protects the root key"),
          option("passphrase-env", OptionType::text, "NAME",
                 "environment variable that holds that passphrase"),
          option("ask-passphrase", OptionType::flag, "", "ask for that passphrase on the terminal"),
          namespace_option()};
}

Options making_options() {
  return with(authority_options(),
              {option("key", OptionType::text, "", "algorithm of new keys", "p256",
                      {"p256", "p384", "rsa2048", "rsa3072", "rsa4096"}),
               option("root-validity", OptionType::duration, "10y", "life of a new root", "10y"),
               option("validity", OptionType::duration, "1y",
                      "life of an intermediate, never beyond its root", "1y"),
               option("trust-domain", OptionType::text, "DOMAIN", "trust domain of the mesh",
                      "cluster.local")});
}

Options rotating_options() {
  return with(
      making_options(),
      {option("intermediate", OptionType::flag, "", "new intermediates under the same root"),
       option("root", OptionType::flag, "", "the next step of a root rotation"),
       option("abort", OptionType::flag, "", "back to the old root, in all steps that it takes"),
       option("all-steps", OptionType::flag, "",
              "all steps in one run, with the restarts and proofs between them"),
       option("rollout-timeout", OptionType::duration, "5m", "how long one rollout may take", "5m"),
       proxy_options().back()});
}

std::vector<CommandVerb> verbs() {
  return {
      verb({.name = "install",
            .summary = "Give all clusters intermediates under one root",
            .details = "Makes one intermediate per cluster under a shared root and writes it as "
                       "Secret istio-system/cacerts.\nThe root key stays on this machine. What is "
                       "valid already is kept; a Secret of another root is refused.",
            .options = making_options(),
            .examples = {{"two clusters under one root",
                          "certs install --contexts game-agones,game-gke"},
                         {"only look at what would change",
                          "certs install --contexts game-agones,game-gke --dry-run=client"},
                         {"sign with a CA of yours",
                          "certs install --contexts 'game-*' --strategy pem --set root-cert=ca.pem "
                          "--set root-key=ca.key"}}},
           install),
      verb({.name = "verify",
            .summary = "Check the shared CA of all clusters",
            .details = "OpenSSL judges every certificate strictly, those that the proxies hold, "
                       "too; exit status 1 if a check fails.",
            .options = with(proxy_options(),
                            {option("fail-within", OptionType::duration, "7d",
                                    "fail if a certificate ends within this time", "7d"),
                             option("objects-only", OptionType::flag, "",
                                    "ask API servers only: no port-forward to the proxies")}),
            .examples = {{"two clusters", "certs verify --contexts game-agones,game-gke"},
                         {"for a nightly job",
                          "certs verify --contexts 'game-*' --fail-within 14d -o json"}}},
           verify),
      verb({.name = "show",
            .summary = "Show who signs whom",
            .details = "Certificates only; a key is never shown.",
            .options = {namespace_option()},
            .examples = {{"two clusters", "certs show --contexts game-agones,game-gke"},
                         {"with serials and algorithms",
                          "certs show --contexts game-agones,game-gke -o wide"}}},
           show),
      verb({.name = "trust",
            .summary = "Show whose certificates each cluster accepts",
            .details =
                "A row per cluster whose istiod signs, a column per cluster that judges it by its "
                "roots: those of the Secrets, and those that the proxies hold. "
                "A call between two clusters takes yes both ways; exit status 1 if there is a no.",
            .options = proxy_options(),
            .examples = {{"all against all", "certs trust --contexts 'game-*'"}}},
           trust),
      verb({.name = "status",
            .summary = "Show whether istiod and the proxies hold what the Secrets say",
            .details =
                "Each Envoy is asked through the API server's port-forward what it trusts and "
                "presents. Where that is forbidden, proxies older than the change count as not "
                "updated. Exit status 1 while something holds what the Secret held before.",
            .options = with(proxy_options(), {option("without-proxies", OptionType::flag, "",
                                                     "istiod and the namespaces only")}),
            .examples = {{"two clusters", "certs status --contexts game-agones,game-gke"},
                         {"a huge mesh", "certs status --contexts 'game-*' --sample 100 -o json"}}},
           status),
      verb(
          {.name = "rotate",
           .summary = "Renew the intermediates, or replace the root step by step",
           .details =
               "--intermediate gives every cluster a new key and certificate under the same "
               "root.\n--root takes the next of three steps on all clusters: trust both roots, "
               "sign with the new one, drop the old one.\nBetween the steps istiod and the "
               "workloads must pick the change up; a step is refused while one proxy does not hold "
               "what it needs.\n--all-steps does that, too: it restarts istiod, then the workloads "
               "as their PodDisruptionBudgets allow, and proves each step. What was cut off goes "
               "on with the same command.\n--abort goes back to the old root, until the last step "
               "has begun.",
           .options = rotating_options(),
           .examples = {{"new intermediates",
                         "certs rotate --intermediate --contexts game-agones,game-gke"},
                        {"the next step to a new root",
                         "certs rotate --root --contexts game-agones,game-gke"},
                        {"to a new root in one run",
                         "certs rotate --root --all-steps --contexts game-agones,game-gke"},
                        {"back to the old root",
                         "certs rotate --abort --contexts game-agones,game-gke"}}},
          rotate),
      verb({.name = "remove",
            .summary = "Take the shared CA out of the clusters",
            .details = "Deletes Secret istio-system/cacerts where this tool made it. The root "
                       "stays on this machine.",
            .options = authority_options(),
            .examples = {{"what would go",
                          "certs remove --contexts game-agones,game-gke --dry-run=client"},
                         {"remove it", "certs remove --contexts game-agones,game-gke"}}},
           remove)};
}

/// Beside them stand the strategy's own, which it describes itself.
Json settings_schema() {
  return parse_json(R"({"type": "object", "properties": {
    "strategy": {"type": "string", "x-point": "ca/1", "default": "self-signed", "description": "the authority that signs"},
    "ca-dir": {"type": "string", "format": "path", "description": "folder of the root on this machine"},
    "key": {"type": "string", "description": "kind of the new keys"},
    "validity": {"type": "string", "format": "duration", "description": "of the intermediates, in whole days: 730d"},
    "root-validity": {"type": "string", "format": "duration", "description": "of a new root"},
    "trust-domain": {"type": "string", "description": "absent: the mesh's"},
    "istio-namespace": {"type": "string", "description": "Istio's namespace: istio-system"}}})",
                    "schema");
}

Needs needs() {
  return {.reads = {"v1/Namespace", "v1/Secret", "v1/ConfigMap", "v1/Pod", "v1/Service",
                    "v1/ServiceAccount", "apps/v1/Deployment", "apps/v1/StatefulSet",
                    "apps/v1/DaemonSet", "policy/v1/PodDisruptionBudget"},
          .writes = {"v1/Namespace", "v1/Secret", "apps/v1/Deployment", "apps/v1/StatefulSet",
                     "apps/v1/DaemonSet"},
          .pods = true,
          .asks = {"ca/1"}};
}

}  // namespace

ExtensionPtr make_command() {
  return std::make_unique<Command>("certs", "One certificate authority for all clusters", verbs(),
                                   Lifecycle{.up = "install", .down = "remove"}, settings_schema(),
                                   needs());
}

}  // namespace mesh::certs
