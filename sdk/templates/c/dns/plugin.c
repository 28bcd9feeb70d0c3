/* A DNS strategy: how the cluster's DNS learns the mesh's zone. This one has a block of its own at
 * the end of CoreDNS's Corefile; whatever else is there stays, byte for byte. */
#include <string.h>

#include "edge.h"

#define BEGIN "# BEGIN @NAME@\n"
#define FORWARD "    forward . "
#define END "# END @NAME@\n"

static const char* const corefile = "/data/Corefile";
static const char* const missing = "there is no ConfigMap with a Corefile";
static const char* const instead = "use it where CoreDNS runs";

/* With the ability "forward" the concern runs a name server for the zone: `server`. */
const char* const address = "dns/1:@NAME@";
const char* const manifest =
    "{\"apiVersion\":\"kubectl-mesh.dev/v1\",\"kind\":\"Plugin\",\"name\":\"@NAME@\","
    "\"version\":\"0.1.0\",\"summary\":\"the mesh's zone in the Corefile\","
    "\"author\":\"Your Name <you@example.com>\",\"abi\":{\"major\":1,\"minor\":0},"
    "\"provides\":[{\"point\":\"dns/1\",\"name\":\"@NAME@\","
    "\"summary\":\"a block of its own in the Corefile\",\"abilities\":[\"forward\"],"
    "\"needs\":{\"writes\":[\"v1/ConfigMap\"]}}]}";

/* What this strategy reads of a request; what is not there is empty. The texts are the request's.
 */
typedef struct facts {
  const char *cluster, *suffix, *server, *namespace, *name, *corefile;
} facts;

/* NULL, or the Problem of a request of another shape. */
static json_t* read_facts(const json_t* request, facts* to, int32_t* code) {
  *to = (facts){"", "", "", "", "", ""};
  json_error_t error;
  const int read = json_unpack_ex(
      (json_t*)request, &error, 0, "{s?s, s?s, s?s, s?{s?{s?{s?s, s?s}, s?{s?s}}}}", "cluster",
      &to->cluster, "suffix", &to->suffix, "server", &to->server, "objects", "config", "metadata",
      "namespace", &to->namespace, "name", &to->name, "data", "Corefile", &to->corefile);
  return read == 0 ? NULL : refuse(json_string(error.text), "", code);
}

/* A piece of the Corefile. */
typedef struct piece {
  const char* begin;
  int size;
} piece;

/* Our block with its marks; empty and at the end: there is none. */
static piece block_in(const char* text) {
  const char* begin = strstr(text, BEGIN);
  const char* end = begin == NULL ? NULL : strstr(begin, END);
  if (end == NULL) return (piece){text + strlen(text), 0};
  return (piece){begin, (int)(end - begin) + (int)strlen(END)};
}

static json_t* without(const char* text, piece block) {
  return json_sprintf("%.*s%s", (int)(block.begin - text), text, block.begin + block.size);
}

/* Takes `after` and `reason` over. */
static json_t* edit(const facts* is, json_t* after, json_t* reason) {
  json_t* actions = json_array();
  if (strcmp(is->corefile, json_string_value(after)) != 0) {
    json_array_append_new(
        actions, json_pack("{s:s, s:s, s:O, s:{s:s, s:s, s:s, s:s}, s:{s:s}, s:[{s:s, s:s, s:O}]}",
                           "type", "edit", "cluster", is->cluster, "reason", reason, "target",
                           "apiVersion", "v1", "kind", "ConfigMap", "namespace", is->namespace,
                           "name", is->name, "precondition", corefile, is->corefile, "patch", "op",
                           "replace", "path", corefile, "value", after));
  }
  json_decref(after);
  json_decref(reason);
  return json_pack("{s:s, s:s, s:o}", "apiVersion", "kubectl-mesh.dev/v1", "kind", "Plan",
                   "actions", actions);
}

static json_t* fit(const mesh_host* host, const json_t* request, int32_t* code) {
  (void)host;
  facts is;
  json_t* problem = read_facts(request, &is, code);
  if (problem != NULL) return problem;
  if (is.corefile[0] == '\0') {
    return json_pack("{s:i, s:s, s:s}", "score", 0, "why", missing, "hint", instead);
  }
  return json_pack("{s:i, s:s}", "score", 1, "why", "there is a Corefile");
}

static json_t* look(const mesh_host* host, const json_t* request, int32_t* code) {
  (void)host;
  facts is;
  json_t* problem = read_facts(request, &is, code);
  if (problem != NULL) return problem;
  const char* target = strstr(block_in(is.corefile).begin, FORWARD);
  if (target == NULL) return json_pack("{s:b}", "present", 0);
  target += strlen(FORWARD);
  return json_pack("{s:b, s:[o], s:o}", "present", 1, "targets",
                   json_stringn(target, strcspn(target, "\n")), "where",
                   json_sprintf("ConfigMap %s/%s", is.namespace, is.name));
}

static json_t* plan(const mesh_host* host, const json_t* request, int32_t* code) {
  (void)host;
  facts is;
  json_t* problem = read_facts(request, &is, code);
  if (problem != NULL) return problem;
  if (is.corefile[0] == '\0') {
    return refuse(json_sprintf("%s: %s", is.cluster, missing), instead, code);
  }
  if (is.server[0] == '\0') {
    return refuse(json_sprintf("%s: the request names no server for %s", is.cluster, is.suffix), "",
                  code);
  }
  const piece block = block_in(is.corefile);
  json_t* wanted = json_sprintf(BEGIN "%s:53 {\n" FORWARD "%s\n}\n" END, is.suffix, is.server);
  const char* text = json_string_value(wanted);
  const int same =
      strlen(text) == (size_t)block.size && memcmp(text, block.begin, strlen(text)) == 0;
  json_t* others = without(is.corefile, block);
  json_t* after =
      same ? json_string(is.corefile) : json_sprintf("%s%s", json_string_value(others), text);
  json_decref(others);
  json_decref(wanted);
  return edit(&is, after, json_sprintf("send %s to %s", is.suffix, is.server));
}

/* Named otherwise than its verb: stdio.h has a function of that name. */
static json_t* take_back(const mesh_host* host, const json_t* request, int32_t* code) {
  (void)host;
  facts is;
  json_t* problem = read_facts(request, &is, code);
  if (problem != NULL) return problem;
  return edit(&is, without(is.corefile, block_in(is.corefile)),
              json_sprintf("take %s back", is.suffix));
}

const verb verbs[] = {
    {"fit", fit}, {"look", look}, {"plan", plan}, {"remove", take_back}, {NULL, NULL}};
