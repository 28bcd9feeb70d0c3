/* A check: rows of `kubectl mesh verify`. It only reads, through the host. */
#include "edge.h"

const char* const address = "check/1:@NAME@";
const char* const manifest =
    "{\"apiVersion\":\"kubectl-mesh.dev/v1\",\"kind\":\"Plugin\",\"name\":\"@NAME@\","
    "\"version\":\"0.1.0\",\"summary\":\"checks ConfigMaps\","
    "\"author\":\"Your Name <you@example.com>\",\"abi\":{\"major\":1,\"minor\":0},"
    "\"provides\":[{\"point\":\"check/1\",\"name\":\"@NAME@\","
    "\"summary\":\"ConfigMaps that come near the limit of 1 MiB\","
    "\"needs\":{\"reads\":[\"v1/ConfigMap\"]}}]}";

/* etcd takes no object of more than 1 MiB; three quarters of it are worth a warning. */
static const size_t near_limit = 768 * 1024;

/* The first ConfigMap of a page that is too large, as NAMESPACE/NAME; NULL: there is none. */
static json_t* near_in(const json_t* list) {
  size_t at;
  json_t* item;
  json_array_foreach(json_object_get(list, "items"), at, item) {
    if (json_dumpb(item, NULL, 0, JSON_COMPACT) < near_limit) continue;
    const json_t* metadata = json_object_get(item, "metadata");
    return json_sprintf("%s/%s", json_string_value(json_object_get(metadata, "namespace")),
                        json_string_value(json_object_get(metadata, "name")));
  }
  return NULL;
}

static json_t* finding(json_t* cluster, json_t* near) {
  json_t* made = json_pack("{s:s, s:O, s:s, s:s}", "id", "@NAME@/config-maps-fit", "cluster",
                           cluster, "severity", near == NULL ? "pass" : "warning", "title",
                           "no ConfigMap comes near 1 MiB");
  if (near == NULL) return made;
  json_object_set_new(made, "evidence", near);
  json_object_set_new(made, "fix", json_string("part it, or keep what it holds elsewhere"));
  return made;
}

/* Page by page until one that is too large is found. The code is that of asking the host; a cluster
 * that cannot be asked is a problem of the report. */
static json_t* look_at(const mesh_host* host, json_t* cluster, json_t* report, int32_t* code) {
  json_t* near = NULL;
  json_t* problem = NULL;
  json_t* next = json_string("");
  do {
    json_t* page = json_pack("{s:O, s:s, s:s, s:o}", "cluster", cluster, "apiVersion", "v1", "kind",
                             "ConfigMap", "next", next);
    next = NULL;
    json_t* reply = ask(host, "kube.read/1", "read", json_pack("{s:[o]}", "reads", page), code);
    if (*code != MESH_OK) return reply;
    json_t* result = json_array_get(json_object_get(reply, "results"), 0);
    problem = json_incref(json_object_get(result, "problem"));
    near = near_in(json_object_get(result, "object"));
    next = json_incref(json_object_get(result, "next"));
    json_decref(reply);
  } while (problem == NULL && near == NULL && json_string_length(next) > 0);
  json_decref(next);
  if (problem != NULL) {
    json_array_append_new(json_object_get(report, "problems"), problem);
  } else {
    json_array_append_new(json_object_get(report, "items"), finding(cluster, near));
  }
  return NULL;
}

static json_t* run(const mesh_host* host, const json_t* request, int32_t* code) {
  json_t* report = json_pack("{s:s, s:s, s:[], s:[]}", "apiVersion", "kubectl-mesh.dev/v1", "kind",
                             "FindingList", "items", "problems");
  size_t at;
  json_t* cluster;
  json_array_foreach(json_object_get(request, "clusters"), at, cluster) {
    json_t* problem = look_at(host, cluster, report, code);
    if (*code == MESH_OK) continue;
    json_decref(report);
    return problem;
  }
  return report;
}

const verb verbs[] = {{"run", run}, {NULL, NULL}};
