#include "verbs.hpp"

#include "mesh/verb_rows.hpp"

namespace mesh::dns {

namespace {

Options common_options() {
  return {
      option("strategy", OptionType::text, "STRATEGY", "how the cluster's DNS learns the zone",
             "auto"),
      option("istio-namespace", OptionType::text, "NAME", "where istiod is", "istio-system"),
      option("objects-only", OptionType::flag, "", "ask no pod, where port-forward is forbidden")};
}

Options install_options() {
  return with(common_options(),
              {option("image", OptionType::text, "IMAGE",
                      "CoreDNS for the mesh's name server (default: the cluster's own)")});
}

Options verify_options() {
  return with(
      common_options(),
      {option("all", OptionType::flag, "", "ask for every name, not for five of them"),
       option("gone", OptionType::flag, "", "expect that nothing answers for the zone any more")});
}

std::vector<CommandVerb> verbs() {
  return {
      verb({.name = "install",
            .summary = "Make every cluster answer the mesh's names",
            .details = "Runs a small name server with the exported names in each cluster and makes "
                       "the cluster's DNS send it the zone.\nOnly our own part of other people's "
                       "objects changes. Every DNS pod is asked afterwards; if the cluster's own "
                       "names or the zone do not answer, the edit is reverted.",
            .options = install_options(),
            .examples = {{"two clusters", "dns install --contexts game-agones,game-gke"},
                         {"only look at what would change",
                          "dns install --contexts game-agones,game-gke --dry-run=client"},
                         {"let the sidecars answer",
                          "dns install --contexts 'game-*' --strategy istio-proxy"}}},
           install),
      verb({.name = "verify",
            .summary = "Ask every DNS pod for the mesh's names",
            .details = "Asks through the API server's port-forward, changes nothing and prints the "
                       "walk: which layer was asked, what it said. Exit status 1 if a check fails.",
            .options = verify_options(),
            .examples = {{"two clusters", "dns verify --contexts game-agones,game-gke"},
                         {"where port-forward is forbidden",
                          "dns verify --contexts game-agones,game-gke --objects-only"}}},
           verify),
      verb({.name = "show",
            .summary = "Show which DNS answers where",
            .details = "Flavour, strategy and why, where the zone is sent, which names it has.",
            .options = common_options(),
            .examples = {{"two clusters", "dns show --contexts game-agones,game-gke"},
                         {"with reasons", "dns show --contexts game-agones,game-gke -o wide"}}},
           show),
      verb({.name = "remove",
            .summary = "Take the mesh's names out of every cluster's DNS",
            .details = "Takes our part out of the cluster's DNS, asks every DNS pod, then deletes "
                       "the name server. What others wrote is as before, byte for byte.",
            .options = common_options(),
            .examples = {{"what would go",
                          "dns remove --contexts game-agones,game-gke --dry-run=client"},
                         {"remove it", "dns remove --contexts game-agones,game-gke"}}},
           remove)};
}

Json settings_schema() {
  return {{"type", "object"},
          {"properties",
           {{"strategy",
             {{"type", "string"},
              {"minLength", 1},
              {"x-point", "dns/1"},
              {"description", "auto, or one of dns/1"}}},
            {"image",
             {{"type", "string"},
              {"minLength", 1},
              {"description", "CoreDNS for the mesh's name server"}}},
            {"replicas",
             {{"type", "integer"},
              {"minimum", 1},
              {"maximum", 10},
              {"description", "pods of the mesh's name server"}}},
            {"istio-namespace",
             {{"type", "string"},
              {"minLength", 1},
              {"description", "Istio's namespace: istio-system"}}}}}};
}

Needs needs() {
  return {.reads = {"v1/Namespace", "v1/ConfigMap", "v1/Service", "v1/Pod", "v1/Node",
                    "apps/v1/Deployment", "apps/v1/DaemonSet", "operator.openshift.io/v1/DNS",
                    "networking.istio.io/v1/ServiceEntry"},
          .writes = {"v1/Namespace", "v1/ConfigMap", "v1/Service", "apps/v1/Deployment"},
          .pods = true,
          .asks = {"dns/1"}};
}

}  // namespace

ExtensionPtr make_command() {
  return std::make_unique<Command>(
      "dns", "The mesh's names in every cluster's DNS", verbs(),
      // After the exports, so that their names are in the zone at
      // once; before workloads are restarted.
      Lifecycle{.after = {"certs", "helm", "serviceentry"}, .up = "install", .down = "remove"},
      settings_schema(), needs());
}

}  // namespace mesh::dns
