/* A concern with one verb: `kubectl mesh @NAME@ list`. */
#include "edge.h"

const char* const address = "command/1:@NAME@";
const char* const manifest =
    "{\"apiVersion\":\"kubectl-mesh.dev/v1\",\"kind\":\"Plugin\",\"name\":\"@NAME@\","
    "\"version\":\"0.1.0\",\"summary\":\"lists namespaces\","
    "\"author\":\"Your Name <you@example.com>\",\"abi\":{\"major\":1,\"minor\":0},"
    "\"provides\":[{\"point\":\"command/1\",\"name\":\"@NAME@\","
    "\"summary\":\"Namespaces of all clusters\",\"needs\":{\"reads\":[\"v1/Namespace\"]},"
    "\"verbs\":[{\"name\":\"list\",\"summary\":\"List the namespaces of all clusters\","
    "\"examples\":[{\"command\":\"@NAME@ list --contexts a,b\"}]}]}]}";

static json_t* reads_of(const json_t* clusters) {
  json_t* reads = json_array();
  size_t at;
  json_t* cluster;
  json_array_foreach(clusters, at, cluster) {
    json_array_append_new(reads, json_pack("{s:O, s:s, s:s}", "cluster", cluster, "apiVersion",
                                           "v1", "kind", "Namespace"));
  }
  return json_pack("{s:o}", "reads", reads);
}

/* The rows of one cluster, or the problem that it has. */
static void add(json_t* report, json_t* cluster, json_t* result) {
  json_t* problem = json_object_get(result, "problem");
  if (problem != NULL) json_array_append(json_object_get(report, "problems"), problem);
  size_t at;
  json_t* item;
  json_array_foreach(json_object_get(json_object_get(result, "object"), "items"), at, item) {
    json_t* name = json_object_get(json_object_get(item, "metadata"), "name");
    json_t* phase = json_object_get(json_object_get(item, "status"), "phase");
    json_array_append_new(
        json_object_get(report, "items"),
        json_pack("{s:O, s:O?, s:O?}", "cluster", cluster, "name", name, "phase", phase));
  }
}

static json_t* list(const mesh_host* host, const json_t* request, int32_t* code) {
  json_t* clusters = json_object_get(request, "clusters");
  json_t* reply = ask(host, "kube.read/1", "read", reads_of(clusters), code);
  if (*code != MESH_OK) return reply;
  json_t* report =
      json_pack("{s:s, s:s, s:[], s:[], s:[{s:s,s:s}, {s:s,s:s}, {s:s,s:s}]}", "apiVersion",
                "kubectl-mesh.dev/v1", "kind", "NamespaceList", "items", "problems", "columns",
                "title", "CLUSTER", "pointer", "/cluster", "title", "NAMESPACE", "pointer", "/name",
                "title", "PHASE", "pointer", "/phase");
  size_t at;
  json_t* result;
  json_array_foreach(json_object_get(reply, "results"), at, result) {
    add(report, json_array_get(clusters, at), result);
  }
  json_decref(reply);
  return report;
}

const verb verbs[] = {{"list", list}, {NULL, NULL}};
