// A concern with one verb: `kubectl mesh @NAME@ list`. A verb that changes clusters answers with a
// mesh::Plan instead.

#include "mesh/verb_rows.hpp"

namespace {

using mesh::CommandRequest;
using mesh::Host;
using mesh::Json;
using mesh::Read;
using mesh::Report;

Report list(const CommandRequest& request, const Host& host) {
  std::vector<Read> reads;
  for (const std::string& cluster : request.clusters) {
    reads.push_back(
        {.cluster = cluster,
         .object = {.api_version = "v1", .kind = "Namespace", .name_space = {}, .name = {}},
         .labels = request.text("selector"),
         .next = {}});
  }
  Report report;
  report.kind = "NamespaceList";
  report.columns = {{"CLUSTER", "/cluster"}, {"NAMESPACE", "/name"}, {"PHASE", "/phase"}};
  const std::vector<mesh::ReadResult> results = host.read(reads);
  for (std::size_t at = 0; at < results.size(); ++at) {
    if (results[at].problem) {
      report.problems.push_back(*results[at].problem);
      continue;
    }
    for (const Json& found : results[at].object.at("items")) {
      report.items.push_back({{"cluster", reads[at].cluster},
                              {"name", found.at("/metadata/name"_json_pointer)},
                              {"phase", found.value("/status/phase"_json_pointer, std::string())}});
    }
  }
  return report;
}

mesh::CommandVerb list_verb() {
  return mesh::verb({.name = "list",
                     .summary = "List the namespaces of all clusters",
                     .details = {},
                     .options = {mesh::option("selector", mesh::OptionType::text, "LABELS",
                                              "only those with these labels")},
                     .examples = {{"two clusters side by side", "@NAME@ list --contexts a,b"}}},
                    list);
}

}  // namespace

MESH_PLUGIN("@NAME@", "0.1.0", "lists namespaces", "Your Name <you@example.com>",
            new mesh::Command("@NAME@", "Namespaces of all clusters", {list_verb()}, {},
                              Json::object(), {.reads = {"v1/Namespace"}}))
