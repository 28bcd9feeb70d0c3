/* A certificate authority. It never sees an intermediate's private key: requests come in, chains go
 * out. The root here is made at the first use, for trying; yours is asked where signer.c signs. */
#include <stdlib.h>
#include <time.h>

#include "edge.h"
#include "signer.h"

const char* const address = "ca/1:@NAME@";
const char* const manifest =
    "{\"apiVersion\":\"kubectl-mesh.dev/v1\",\"kind\":\"Plugin\",\"name\":\"@NAME@\","
    "\"version\":\"0.1.0\",\"summary\":\"a certificate authority\","
    "\"author\":\"Your Name <you@example.com>\",\"abi\":{\"major\":1,\"minor\":0},"
    "\"provides\":[{\"point\":\"ca/1\",\"name\":\"@NAME@\","
    "\"summary\":\"signs with a root that it makes at its first use\","
    "\"abilities\":[\"issue\"]}]}";

static const char* const file = "root.pem"; /* certificate and key, in the operator's own store */

/* What this authority reads of a request, and what the host says about it. */
typedef struct facts {
  const char* folder;
  json_int_t days, root_days;
  json_t* requests; /* NULL: none */
} facts;

/* NULL, or the Problem of a request of another shape. */
static json_t* read_facts(const json_t* request, facts* to, int32_t* code) {
  *to = (facts){"", 365, 3650, NULL};
  json_error_t error;
  const int read = json_unpack_ex((json_t*)request, &error, 0, "{s?s, s?{s?I, s?I}, s?o}", "folder",
                                  &to->folder, "policy", "days", &to->days, "rootDays",
                                  &to->root_days, "requests", &to->requests);
  return read == 0 ? NULL : refuse(json_string(error.text), "", code);
}

/* What signer.c returned, as JSON. Takes `text` over; NULL stays NULL. */
static json_t* taken(char* text) {
  json_t* made = text == NULL ? NULL : json_string(text);
  free(text);
  return made;
}

/* The root that was kept, in *root; NULL there: none yet. NULL, or the Problem of asking. */
static json_t* read_root(const mesh_host* host, const facts* is, json_t** root, int32_t* code) {
  *root = NULL;
  json_t* reply = ask(host, "store/1", "get",
                      json_pack("{s:s, s:s}", "folder", is->folder, "name", file), code);
  if (*code != MESH_OK) return reply;
  if (json_is_true(json_object_get(reply, "found"))) {
    *root = json_incref(json_object_get(reply, "data"));
  }
  json_decref(reply);
  return NULL;
}

static json_t* roots(const mesh_host* host, const json_t* request, int32_t* code) {
  facts is;
  json_t* kept = NULL;
  json_t* problem = read_facts(request, &is, code);
  if (problem == NULL) problem = read_root(host, &is, &kept, code);
  if (*code != MESH_OK) return problem;
  if (kept == NULL) return json_pack("{s:[]}", "roots");
  json_t* root = taken(certificate_in(json_string_value(kept)));
  json_decref(kept);
  if (root == NULL) {
    return refuse(json_string("@NAME@: the kept root is broken"),
                  "put the file back, or take it away to begin anew", code);
  }
  return json_pack("{s:[O], s:o, s:s}", "roots", root, "signer", root, "where", is.folder);
}

/* The certificate for one request, or its Problem. */
static json_t* issued(const char* root, const json_t* asked, time_t now, const facts* is,
                      int32_t* code) {
  const char* cluster = json_string_value(json_object_get(asked, "cluster"));
  const char* request = json_string_value(json_object_get(asked, "csr"));
  if (cluster == NULL || request == NULL || !is_signed(request)) {
    return refuse(json_string("the certificate request is not signed with its own key"), "", code);
  }
  json_t* certificate = taken(sign(root, request, now, (long)is->days));
  if (certificate == NULL) {
    return refuse(json_sprintf("%s: @NAME@ cannot sign the request", cluster), "", code);
  }
  return json_pack("{s:s, s:[o]}", "cluster", cluster, "chain", certificate);
}

static json_t* issue_all(const char* root, time_t now, const facts* is, int32_t* code) {
  json_t* answer = json_pack("{s:[], s:[o]}", "issued", "roots", taken(certificate_in(root)));
  if (answer == NULL) return refuse(json_string("@NAME@ cannot read its root"), "", code);
  size_t at;
  json_t* asked;
  json_array_foreach(is->requests, at, asked) {
    json_t* made = issued(root, asked, now, is, code);
    if (*code == MESH_OK) {
      json_array_append_new(json_object_get(answer, "issued"), made);
      continue;
    }
    json_decref(answer);
    return made;
  }
  return answer;
}

/* RFC 3339 in UTC, as all documents have times. */
static time_t time_in(const char* text) {
  struct tm parts = {0};
  if (text == NULL || strptime(text, "%Y-%m-%dT%H:%M:%S", &parts) == NULL) return 0;
  return timegm(&parts);
}

static json_t* issue(const mesh_host* host, const json_t* request, int32_t* code) {
  facts is;
  json_t* problem = read_facts(request, &is, code);
  if (problem != NULL) return problem;
  json_t* clock = ask(host, "clock/1", "now", json_object(), code);
  if (*code != MESH_OK) return clock;
  const time_t now = time_in(json_string_value(json_object_get(clock, "time")));
  json_decref(clock);
  json_t* root = NULL;
  problem = read_root(host, &is, &root, code);
  if (*code != MESH_OK) return problem;
  const int is_new = root == NULL;
  if (is_new) root = taken(make_root("@NAME@ test root", now, (long)is.root_days));
  if (root == NULL) return refuse(json_string("@NAME@ cannot make a root"), "", code);
  json_t* answer = issue_all(json_string_value(root), now, &is, code);
  /* Written by the host, before it changes any cluster. */
  if (is_new && *code == MESH_OK) {
    json_object_set_new(
        answer, "keep",
        json_pack("[{s:s, s:s, s:O}]", "folder", is.folder, "name", file, "data", root));
  }
  json_decref(root);
  return answer;
}

const verb verbs[] = {{"roots", roots}, {"issue", issue}, {NULL, NULL}};
