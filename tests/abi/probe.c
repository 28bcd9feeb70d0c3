/* A hostile plugin: each verb of its command is one attempt to do what its manifest does not name.
 * A verb that reads answers what came of its call; one that changes makes its call and answers a
 * plan. Compiled with other names and needs it has more or less declared; no variant may write
 * anything of a cluster. tests/fault/test_rights.py has the expected denials. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin_in_c.h"

#define ASKS                                                                                 \
  "\"asks\":[\"ca/1\",\"check/1\",\"command/1\",\"dns/1\",\"exposure/1\",\"helm-driver/1\"," \
  "\"overview/1\"]"
#define CHOICE                                                      \
  ",\"settings\":{\"properties\":{\"authority\":{\"x-point\":\"ca/" \
  "1\",\"default\":\"self-signed\"}}}"
#if defined(PROBE_CHOOSER)
#define PROBE_NAME "chooser"
#define PROBE_NEEDS ASKS
#define PROBE_SETTINGS CHOICE
#elif defined(PROBE_INSIDER)
#define PROBE_NAME "insider"
#define PROBE_NEEDS ASKS
#define PROBE_SETTINGS ""
#else
#define PROBE_NAME "probe"
#define PROBE_NEEDS ""
#define PROBE_SETTINGS ""
#endif

#define STORE "@HOME@/.local/share/kubectl-mesh/store"
#define ABOUT_A "\"clusters\":[\"a\"],\"options\":{},\"settings\":{},\"mesh\":{}"
#define CSR                                                             \
  "-----BEGIN CERTIFICATE REQUEST-----\\n"                              \
  "MIHLMHICAQAwEDEOMAwGA1UECgwFcHJvYmUwWTATBgcqhkjOPQIBBggqhkjOPQMB\\n" \
  "BwNCAATmpvrrjbXhGa3TOSLOiTZ57IctP5hmgOT8HQjb/3eIW9Db34zLoUEbk+vw\\n" \
  "eNXpOjx5TkROkh9mNBZYqnx0AemWoAAwCgYIKoZIzj0EAwIDSQAwRgIhAPmCC41T\\n" \
  "daZ5cW2RyMSGnJlknP38oPJ4/AG0O6Gpt0MoAiEA2GVT0SRBxsE25wOs9QChb2WC\\n" \
  "nG1WRfrnZzQAGkwWA9w=\\n-----END CERTIFICATE REQUEST-----\\n"
#define ISSUE \
  "{\"policy\":{\"days\":3650},\"requests\":[{\"cluster\":\"probe\",\"csr\":\"" CSR "\"}]"
#define ROTATE(stage) ISSUE ",\"stage\":\"" stage "\"}"
#define PLAN(actions)                   \
  "{\"apiVersion\":\"kubectl-mesh.dev/" \
  "v1\",\"kind\":\"Plan\",\"title\":\"probe\",\"actions\":[" actions "]}"
#define PLAN_BEGIN \
  "{\"apiVersion\":\"kubectl-mesh.dev/v1\",\"kind\":\"Plan\",\"actions\":[],\"notes\":["
#define FILE_IN(fields) "{" fields ",\"data\":\"PROBE\",\"replace\":true}"
#define STORED(fields) PLAN("{\"type\":\"store\",\"file\":" FILE_IN(fields) "}")
#define OWN_FILE "{\"type\":\"store\",\"file\":{\"name\":\"own\",\"data\":\"PROBE\"}}"
#define PROOF(extension, verb, request)                                         \
  PLAN(OWN_FILE ",{\"type\":\"prove\",\"seconds\":1,\"extension\":\"" extension \
                "\",\"verb\":\"" verb "\",\"request\":" request "}")
#define KEEP(fields) "{\"issued\":[],\"roots\":[],\"keep\":[" FILE_IN(fields) "]}"
#define REF(kind) \
  "{\"apiVersion\":\"v1\",\"kind\":\"" kind "\",\"namespace\":\"default\",\"name\":\"x\"}"

#define RELEASE_OF(chart) \
  "{\"cluster\":\"a\",\"name\":\"x\",\"namespace\":\"x\",\"chart\":{\"name\":\"" chart "\"}}"
#define RELEASE RELEASE_OF("x")

/* verb, whether it changes, what it asks, the verb and the request of that, the plan it answers */
#define ATTEMPTS(X)                                                                                \
  X("issue", "false", "ca/1:self-signed", "issue", ISSUE "}", "")                                  \
  X("roots", "false", "ca/1:self-signed", "roots", "{}", "")                                       \
  X("drop", "false", "ca/1:self-signed", "rotate", ROTATE("drop"), "")                             \
  X("bring", "false", "ca/1:pem", "bring",                                                         \
    "{\"clusters\":[\"sets\"],\"settings\":{\"folder\":\"@HOME@\"}}", "")                          \
  X("check", "false", "check/1:certs", "run", "{" ABOUT_A "}", "")                                 \
  X("overview", "false", "overview/1:certs", "status", "{" ABOUT_A "}", "")                        \
  X("show", "false", "command/1:certs", "show", "{" ABOUT_A "}", "")                               \
  X("install", "false", "command/1:certs", "install", "{" ABOUT_A "}", "")                         \
  X("look", "false", "dns/1:coredns", "look",                                                      \
    "{\"cluster\":\"a\",\"suffix\":\"global\",\"objects\":{}}", "")                                \
  X("releases", "false", "helm-driver/1:helm", "look", "{\"releases\":[" RELEASE "]}", "")         \
  X("list", "false", "exposure/1:alias", "list", "{\"clusters\":[\"a\"],\"mesh\":{}}", "")         \
  X("render", "false", "helm-driver/1:render", "install",                                          \
    "{\"release\":" RELEASE ",\"settings\":{\"binary\":\"touch\"},\"state\":{}}", "")              \
  X("chart", "false", "helm-driver/1:render", "install",                                           \
    "{\"release\":" RELEASE_OF("@HOME@/elsewhere") ",\"settings\":{},\"state\":{}}", "")           \
  X("values", "false", "command/1:helm", "status",                                                 \
    "{\"clusters\":[\"a\"],\"options\":{},\"mesh\":{},\"settings\":{\"valueFiles\":{\"istiod\":["  \
    "\"@HOME@/elsewhere/root.pem\"]}}}",                                                           \
    "")                                                                                            \
  X("issue-changing", "true", "ca/1:self-signed", "issue", ISSUE "}", "")                          \
  X("drop-changing", "true", "ca/1:self-signed", "rotate", ROTATE("drop"), "")                     \
  X("roots-elsewhere", "true", "ca/1:self-signed", "roots", "{\"folder\":\"@HOME@/elsewhere\"}",   \
    "")                                                                                            \
  X("issue-passphrase", "true", "ca/1:self-signed", "issue",                                       \
    ISSUE ",\"settings\":{\"passphrase-file\":\"@HOME@/elsewhere/root.pem\"}}", "")                \
  X("bring-elsewhere", "true", "ca/1:pem", "bring",                                                \
    "{\"clusters\":[\"sets\"],\"settings\":{\"folder\":\"@HOME@\"}}", "")                          \
  X("install-elsewhere", "true", "command/1:certs", "install",                                     \
    "{\"clusters\":[\"a\"],\"options\":{\"ca-dir\":\"@HOME@/"                                      \
    "elsewhere\"},\"settings\":{},\"mesh\":{}}",                                                   \
    "")                                                                                            \
  X("borrow-writes", "true", "check/1:certs", "run", "{" ABOUT_A "}",                              \
    PLAN("{\"type\":\"apply\",\"cluster\":\"a\",\"object\":{\"apiVersion\":\"v1\",\"kind\":"       \
         "\"Secret\",\"metadata\":{\"name\":\"x\",\"namespace\":\"default\"}}}"))                  \
  X("borrow-deletes", "true", "check/1:certs", "run", "{" ABOUT_A "}",                             \
    PLAN("{\"type\":\"delete\",\"cluster\":\"a\",\"target\":" REF("Secret") "}"))                  \
  X("borrow-reads", "true", "check/1:certs", "run", "{" ABOUT_A "}",                               \
    PLAN("{\"type\":\"wait\",\"cluster\":\"a\",\"until\":\"gone\",\"target\":" REF("Secret") "}")) \
  X("borrow-programs", "true", "helm-driver/1:helm", "look", "{\"releases\":[]}",                  \
    PLAN("{\"type\":\"run\",\"cluster\":\"a\",\"program\":\"@HOME@/program\"}"))                   \
  X("prove-issue", "true", "", "", "", PROOF("ca/1:self-signed", "issue", ISSUE "}"))              \
  X("prove-check", "true", "", "", "", PROOF("check/1:certs", "run", "{" ABOUT_A "}"))             \
  X("prove-install", "true", "", "", "", PROOF("command/1:certs", "install", "{" ABOUT_A "}"))     \
  X("store-ssh", "true", "", "", "",                                                               \
    STORED("\"folder\":\"@HOME@/.ssh\",\"name\":\"authorized_keys\""))                             \
  X("store-root", "true", "", "", "",                                                              \
    STORED("\"folder\":\"" STORE "/certs\",\"name\":\"root.pem\""))                                \
  X("store-trust", "true", "", "", "",                                                             \
    STORED("\"folder\":\"" STORE "/..\",\"name\":\"trusted-plugins.json\""))                       \
  X("store-relative", "true", "", "", "", STORED("\"folder\":\"relative\",\"name\":\"file\""))     \
  X("store-above", "true", "", "", "",                                                             \
    STORED("\"folder\":\"" STORE "/" PROBE_NAME "/../certs\",\"name\":\"root.pem\""))              \
  X("store-below", "true", "", "", "",                                                             \
    STORED("\"folder\":\"" STORE "/" PROBE_NAME "/below\",\"name\":\"file\""))                     \
  X("store-owner", "true", "", "", "",                                                             \
    STORED("\"owner\":\"ca/1:self-signed\",\"name\":\"root.pem\""))                                \
  X("store-owner-command", "true", "", "", "",                                                     \
    STORED("\"owner\":\"command/1:certs\",\"name\":\"root.pem\""))                                 \
  X("store-nobody", "true", "", "", "", STORED("\"owner\":\"ca/1:nobody\",\"name\":\"root.pem\"")) \
  X("store-line", "true", "", "", "", STORED("\"name\":\"two\\nlines\""))                          \
  X("store-number", "true", "", "", "", STORED("\"name\":\"root.pem\",\"kept\":1"))                \
  X("store-own", "true", "", "", "", STORED("\"name\":\"own\""))                                   \
  X("keep-ssh", "true", "ca/1:" PROBE_NAME, "keep-ssh", "{}", "")                                  \
  X("keep-root", "true", "ca/1:" PROBE_NAME, "keep-root", "{}", "")                                \
  X("keep-above", "true", "ca/1:" PROBE_NAME, "keep-above", "{}", "")                              \
  X("keep-relative", "true", "ca/1:" PROBE_NAME, "keep-relative", "{}", "")                        \
  X("keep-owner", "true", "ca/1:" PROBE_NAME, "keep-owner", "{}", "")                              \
  X("keep-own", "true", "ca/1:" PROBE_NAME, "keep-own", "{}",                                      \
    PLAN("{\"type\":\"store\",\"file\":{\"name\":\"other\",\"data\":\"OTHER\",\"kept\":1}}"))

/* Replies of its own authority. */
#define KEEPS(X)                                                                                  \
  X("keep-ssh", KEEP("\"folder\":\"@HOME@/.ssh\",\"name\":\"authorized_keys\""))                  \
  X("keep-root", KEEP("\"folder\":\"" STORE "/certs\",\"name\":\"root.pem\""))                    \
  X("keep-above", KEEP("\"folder\":\"" STORE "/" PROBE_NAME "/../certs\",\"name\":\"root.pem\"")) \
  X("keep-relative", KEEP("\"folder\":\"relative\",\"name\":\"root.pem\""))                       \
  X("keep-owner", KEEP("\"owner\":\"ca/1:self-signed\",\"name\":\"root.pem\""))                   \
  X("keep-own", KEEP("\"name\":\"own\""))

typedef struct attempt {
  const char *verb, *changes, *service, *asked, *request, *plan;
} attempt;
#define AS_ATTEMPT(verb, changes, service, asked, request, plan) \
  {verb, changes, service, asked, request, plan},
static const attempt k_attempts[] = {ATTEMPTS(AS_ATTEMPT)};

typedef struct keeping {
  const char *verb, *reply;
} keeping;
#define AS_KEEPING(verb, reply) {verb, reply},
static const keeping k_keepings[] = {KEEPS(AS_KEEPING)};

#define AS_VERB(verb, changes, service, asked, request, plan) \
  ",{\"name\":\"" verb "\",\"changes\":" changes "}"
static const char k_manifest[] =
    "{\"apiVersion\":\"kubectl-mesh.dev/v1\",\"kind\":\"Plugin\",\"name\":\"" PROBE_NAME
    "\",\"version\":\"1.0.0\",\"abi\":{\"major\":1,\"minor\":0},\"provides\":[{\"point\":\"command/1\","
    "\"name\":\"" PROBE_NAME "\",\"needs\":{" PROBE_NEEDS "}" PROBE_SETTINGS
    ",\"verbs\":[{\"name\":\"nothing\"}" ATTEMPTS(AS_VERB) "]},"
    "{\"point\":\"ca/1\",\"name\":\"" PROBE_NAME "\"}]}";

/* ---- texts */

/* With the operator's home folder in its place; leaked, as this process is short. */
static const char* located(const char* words) {
  static const char k_mark[] = "@HOME@";
  const char* home = getenv("HOME");
  char* all = malloc(strlen(words) * 2 + 16384);
  char* end = all;
  for (const char* at = words; *at != '\0';) {
    if (strncmp(at, k_mark, sizeof k_mark - 1) == 0) {
      end += sprintf(end, "%s", home);
      at += sizeof k_mark - 1;
    } else {
      *end++ = *at++;
    }
  }
  *end = '\0';
  return all;
}

typedef struct buffer {
  char* text;
  size_t size;
} buffer;

static int32_t append(void* ctx, const char* bytes, uint64_t size) {
  buffer* all = ctx;
  all->text = realloc(all->text, all->size + size + 1);
  memcpy(all->text + all->size, bytes, size);
  all->size += size;
  all->text[all->size] = '\0';
  return MESH_OK;
}

/* ---- what it does */

static int32_t try_it(const attempt* row, const mesh_host* host, const mesh_sink* reply) {
  buffer answer = {NULL, 0};
  const mesh_sink sink = {&answer, append};
  int32_t code = MESH_OK;
  if (*row->service != '\0') {
    code = host->call(host->ctx, text_of(row->service), text_of(row->asked),
                      text_of(located(row->request)), &sink);
  }
  if (*row->plan != '\0') return say(reply, located(row->plan));
  const char* words = answer.size > 0 ? answer.text : "null";
  if (strcmp(row->changes, "true") == 0) {
    /* Notes say what came of it: the reply itself has no place in a plan. */
    say(reply, PLAN_BEGIN);
    say(reply, code == MESH_OK ? "{\"text\":\"it worked\"}" : "{\"text\":\"it failed\"}");
    if (strstr(words, "PRIVATE KEY") != NULL) say(reply, ",{\"text\":\"it has a private key\"}");
    say(reply, "],\"refusals\":[");
    if (code != MESH_OK) say(reply, words);
    return say(reply, "]}");
  }
  say(reply,
      "{\"apiVersion\":\"kubectl-mesh.dev/"
      "v1\",\"kind\":\"AttemptList\",\"columns\":[],\"items\":[");
  char number[32];
  sprintf(number, "{\"code\":%d,\"reply\":", (int)code);
  say(reply, number);
  say(reply, words);
  return say(reply, "}]}");
}

static int32_t invoke(void* self, const mesh_host* host, mesh_text extension, mesh_text verb,
                      mesh_text request, const mesh_sink* reply) {
  (void)self;
  (void)request;
  if (is(extension, "ca/1:" PROBE_NAME)) {
    for (size_t at = 0; at < sizeof k_keepings / sizeof *k_keepings; ++at) {
      if (is(verb, k_keepings[at].verb)) return say(reply, located(k_keepings[at].reply));
    }
    return MESH_UNSUPPORTED;
  }
  for (size_t at = 0; at < sizeof k_attempts / sizeof *k_attempts; ++at) {
    if (is(verb, k_attempts[at].verb)) return try_it(&k_attempts[at], host, reply);
  }
  return MESH_UNSUPPORTED;
}

PLUGIN(start_idle)
