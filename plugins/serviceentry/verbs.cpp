#include "verbs.hpp"

#include "mesh/verb_rows.hpp"

namespace mesh::serviceentry {

namespace {

Options common_options() {
  return {option("strategy", OptionType::text, "STRATEGY",
                 "how services are reached: alias, discovery, or a plugin's (default: the mesh's "
                 "mode)"),
          option("istio-namespace", OptionType::text, "NAME", "where istiod is", "istio-system")};
}

Options writing_options() {
  return with({option("wait", OptionType::duration, "120s",
                      "how long to wait for a gateway without an address", "120s"),
               repeated(option("api-server", OptionType::text, "NAME=URL",
                               "discovery: where the others reach the API server of a cluster"))},
              common_options());
}

Options service_options(Options more) {
  return with({repeated(option("service", OptionType::text, "NAMESPACE/NAME", "which service")),
               option("from", OptionType::text, "CONTEXT", "the cluster that it lives in")},
              std::move(more));
}

Options export_options() {
  return service_options(with(
      {option("alias", OptionType::text, "HOST", "another name than NAME.NAMESPACE.SUFFIX, whole"),
       repeated(option("port", OptionType::text, "PORT",
                       "only this port, by name or number (default: all)"))},
      writing_options()));
}

CommandVerb export_verb() {
  return verb(
      {.name = "export",
       .summary = "Let the other clusters reach a service",
       .details = "Annotates the Service and gives every other cluster a ServiceEntry and a "
                  "DestinationRule that lead to it through the gateway of its cluster, under the "
                  "name NAME.NAMESPACE.SUFFIX. In mode discovery every other cluster without a "
                  "Service of that name gets a stub, so that its usual name resolves there.",
       .options = export_options(),
       .examples = {{"one service",
                     "serviceentry export --service default/app1 --from game-agones "
                     "--contexts game-agones,game-gke"},
                    {"only one port, under a name of its own",
                     "serviceentry export --service default/app1 --from game-agones "
                     "--port http --alias app1.global --contexts game-agones,game-gke"}}},
      export_services);
}

CommandVerb sync_verb() {
  return verb(
      {.name = "sync",
       .summary = "Bring what leads from cluster to cluster up to date",
       .details = "Exported are the services of mesh.yaml, those with the annotation "
                  "kubectl-mesh.dev/export: \"true\", and those of the selector. Adds, changes "
                  "and takes away what this tool made, and nothing else. In mode discovery it "
                  "gives every istiod a remote secret for each other cluster, which is taken back "
                  "if istiod does not reach the API server by it, and every cluster a stub for "
                  "each exported service that has no name there.",
       .options = writing_options(),
       .examples = {{"two clusters", "serviceentry sync --contexts game-agones,game-gke"},
                    {"do not wait for gateways",
                     "serviceentry sync --contexts game-agones,game-gke --wait 0s"}}},
      sync);
}

std::vector<CommandVerb> verbs() {
  return {
      export_verb(), sync_verb(),
      verb({.name = "list",
            .summary = "Show what leads where",
            .details = "One line per cluster and service, with the virtual address, the gateway "
                       "and whether it is in step.",
            .options = common_options(),
            .examples = {{"two clusters", "serviceentry list --contexts game-agones,game-gke"}}},
           list),
      verb({.name = "verify",
            .summary = "Check the ways from cluster to cluster",
            .details = "Exit status 1 if a check fails. --objects-only leaves out what needs a "
                       "port-forward or a connection to a gateway.",
            .options = with({option("objects-only", OptionType::flag, "",
                                    "judge objects only: no port-forward, no connection")},
                            common_options()),
            .examples = {{"two clusters", "serviceentry verify --contexts game-agones,game-gke"}}},
           verify),
      verb({.name = "remove",
            .summary = "Take away what leads from cluster to cluster",
            .details = "Deletes what this tool made, in these clusters and what leads to them in "
                       "the others; with --service, one export.",
            .options = service_options(common_options()),
            .examples = {{"what would go",
                          "serviceentry remove --contexts game-agones,game-gke --dry-run=client"},
                         {"one export",
                          "serviceentry remove --service default/app1 --from game-agones "
                          "--contexts game-agones,game-gke"}}},
           remove)};
}

Needs needs() {
  return {
      .reads = {"v1/Namespace",
                "v1/Service",
                "v1/Pod",
                "v1/Node",
                "v1/Secret",
                "v1/ServiceAccount",
                "rbac.authorization.k8s.io/v1/ClusterRole",
                "rbac.authorization.k8s.io/v1/ClusterRoleBinding",
                "v1/ConfigMap",
                "apps/v1/Deployment",
                "gateway.networking.k8s.io/v1/Gateway",
                "networking.k8s.io/v1/ServiceCIDR",
                "networking.k8s.io/v1/NetworkPolicy",
                "discovery.k8s.io/v1/EndpointSlice",
                "apiextensions.k8s.io/v1/CustomResourceDefinition",
                "networking.istio.io/v1/ServiceEntry",
                "networking.istio.io/v1/DestinationRule",
                "networking.istio.io/v1/Gateway",
                "networking.istio.io/v1/Sidecar",
                "security.istio.io/v1/PeerAuthentication",
                "security.istio.io/v1/AuthorizationPolicy"},
      .writes = {"v1/Namespace", "v1/Service", "v1/Secret", "v1/ServiceAccount",
                 "rbac.authorization.k8s.io/v1/ClusterRole",
                 "rbac.authorization.k8s.io/v1/ClusterRoleBinding",
                 "networking.istio.io/v1/ServiceEntry", "networking.istio.io/v1/DestinationRule"},
      .network = true,
      .pods = true,
      .asks = {"exposure/1"}};
}

}  // namespace

ExtensionPtr make_command() {
  return std::make_unique<Command>(
      "serviceentry", "Services of one cluster, reachable in the others", verbs(),
      // The gateway is there by then.
      Lifecycle{.after = {"certs", "helm"}, .up = "sync", .down = "remove"}, settings_schema(),
      needs());
}

}  // namespace mesh::serviceentry
