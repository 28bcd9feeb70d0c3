#include "verbs.hpp"

#include "mesh/verb_rows.hpp"

namespace mesh::helm {

namespace {

Options common_options() {
  return {option("driver", OptionType::text, "DRIVER", "who brings charts into a cluster", "helm"),
          option("helm", OptionType::path, "FILE", "the helm program, 3 or 4", "helm"),
          option("istio-namespace", OptionType::text, "NAME", "where istiod is", "istio-system"),
          option("revision", OptionType::text, "NAME", "revision of istiod", "default")};
}

Options chart_options() {
  return with(common_options(),
              {option("charts", OptionType::text, "WHERE", "chart repository, oci:// or folder",
                      k_repository),
               option("version", OptionType::text, "VERSION", "version of Istio", k_version),
               repeated(option("values-file", OptionType::path, "FILE",
                               "values for the istiod chart, on top"))});
}

Options install_options() {
  return with(
      chart_options(),
      {option("default-revision", OptionType::text, "NAME",
              "revision that validates and that the gateway follows (default: the one "
              "they follow already)"),
       option("adopt", OptionType::flag, "", "take over releases and objects of somebody else"),
       option("heal", OptionType::flag, "",
              "repair a release that a killed helm left pending, without waiting")});
}

std::vector<CommandVerb> verbs() {
  return {verb({.name = "install",
                .summary = "Install Istio with an east-west gateway in all clusters",
                .details =
                    "Charts base, istiod and gateway, in this order, each on all clusters before "
                    "the next; then the Gateway that exposes services on port 15443. The network "
                    "is written to the namespace first. What is installed with the same values "
                    "already is left alone. A revision is installed next to the others: base and "
                    "gateway, of which a cluster has one each, stay with the revision that they "
                    "follow until --default-revision names another.",
                .options = install_options(),
                .examples = {{"two clusters", "helm install --contexts game-agones,game-gke"},
                             {"from a folder of charts, with values of yours",
                              "helm install --contexts 'game-*' --charts ./charts "
                              "--values-file istiod.yaml"},
                             {"a revision next to the one that is there",
                              "helm install --contexts game-agones,game-gke --revision canary"}}},
               install),
          verb({.name = "upgrade",
                .summary = "Bring Istio to another version or other values",
                .details = "As install, for clusters that have Istio already.",
                .options = install_options(),
                .examples = {{"to a version",
                              "helm upgrade --contexts game-agones,game-gke --version 1.31.0"},
                             {"make a revision the default one",
                              "helm upgrade --contexts game-agones,game-gke --revision canary "
                              "--default-revision canary"}}},
               upgrade),
          verb({.name = "status",
                .summary = "Show the releases in all clusters",
                .details = "",
                .options = chart_options(),
                .examples = {{"two clusters", "helm status --contexts game-agones,game-gke"}}},
               status),
          verb({.name = "diff",
                .summary = "Compare what the charts render with what is there",
                .details = "Exit status 1 if something differs.",
                .options = with(chart_options(), {option("all", OptionType::flag, "",
                                                         "list what is as rendered, too")}),
                .examples = {{"two clusters", "helm diff --contexts game-agones,game-gke"}}},
               diff),
          verb({.name = "uninstall",
                .summary = "Remove Istio where this tool installed it",
                .details = "Gateway, istiod and base; then what Istio leaves behind: its root "
                           "ConfigMaps, and the CRDs of which no object is left. While another "
                           "revision of this tool is there, only the istiod of the named one goes; "
                           "it is refused while base or gateway follow it.",
                .options = with(common_options(),
                                {option("keep-crds", OptionType::flag, "", "leave all CRDs")}),
                .examples = {{"what would go",
                              "helm uninstall --contexts game-agones,game-gke --dry-run=client"},
                             {"one revision of several",
                              "helm uninstall --contexts game-agones,game-gke --revision canary "
                              "--dry-run=client"}}},
               uninstall)};
}

const Json& settings() {
  const auto text = [](const char* description) -> Json {
    return {{"type", "string"}, {"description", description}};
  };
  const auto by_release = [](const char* description) -> Json {
    return {{"type", "object"}, {"additionalProperties", false}, {"description", description}};
  };
  static const Json schema = [&] {
    Json values = by_release("by chart: values on top of those that are needed");
    Json value_files = by_release("by chart: files of values on top");
    const Json files{{"type", "array"}, {"items", {{"type", "string"}, {"format", "path"}}}};
    for (const char* release : {"base", "istiod", "gateway"}) {
      values["properties"][release] = {{"type", "object"}};
      value_files["properties"][release] = files;
    }
    Json charts = text("repository, folder or oci:// of Istio's charts");
    charts["format"] = "path";
    return Json{{"type", "object"},
                {"additionalProperties", false},
                {"properties",
                 {{"driver", text("one of helm-driver/1: helm or render")},
                  {"binary", text("the helm program: a name on PATH, or a path")},
                  {"charts", charts},
                  {"version", text("of the charts; absent: the newest")},
                  {"istio-namespace", text("Istio's namespace: istio-system")},
                  {"revision", text("of istiod; absent: the default one")},
                  {"default-revision",
                   text("that base and gateway follow; absent: the one they follow already")},
                  {"values", values},
                  {"valueFiles", value_files}}}};
  }();
  return schema;
}

Needs needs() {
  return {// What a chart holds is the chart's business.
          .reads = {"*", "v1/Secret"},
          .writes = {"*", "v1/Secret"},
          // Since then a release can have labels; "*": the operator may name another.
          .programs = {"helm>=3.13", "*"},
          .asks = {"helm-driver/1"}};
}

}  // namespace

ExtensionPtr make_command() {
  return std::make_unique<Command>(
      "helm", "Istio by its charts, with an east-west gateway", verbs(),
      Lifecycle{.after = {"certs"}, .up = "install", .down = "uninstall"}, settings(), needs());
}

}  // namespace mesh::helm
