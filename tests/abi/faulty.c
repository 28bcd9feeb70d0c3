/* A third-party plugin with one extension, which fails as LC_NAME says (a helper process keeps no
 * other variables). Without it the plugin is in order. One build for each point. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin_in_c.h"

#define DOCUMENT(kind, more) \
  "{\"apiVersion\":\"kubectl-mesh.dev/v1\",\"kind\":\"" kind "\"" more "}"
#define FINDING                                                                           \
  "{\"id\":\"faulty/row\",\"cluster\":\"*\",\"severity\":\"pass\",\"title\":\"it runs\"," \
  "\"evidence\":\"\",\"fix\":\"\"}"

#if defined(FAULTY_CHECK)
#define POINT "check"
#define MORE ""
#define GOOD DOCUMENT("FindingList", ",\"items\":[" FINDING "]")
#elif defined(FAULTY_TIMED)
#define POINT "check"
#define NAME "faulty-timed"
#define MORE ",\"verbs\":[{\"name\":\"run\",\"timeoutSeconds\":1}]"
#define GOOD DOCUMENT("FindingList", ",\"items\":[" FINDING "]")
#elif defined(FAULTY_OVERVIEW)
#define POINT "overview"
#define MORE ""
#define GOOD "{\"settings\":{},\"columns\":[],\"rows\":[]}"
#elif defined(FAULTY_DNS)
#define POINT "dns"
#define MORE ",\"abilities\":[\"forward\"]"
#define GOOD DOCUMENT("Plan", ",\"actions\":[],\"score\":0,\"why\":\"never\",\"present\":false")
#else
#define POINT "command"
#define MORE                                                                                       \
  ",\"lifecycle\":{\"after\":[\"certs\"],\"before\":[\"helm\"],\"up\":\"make\",\"down\":\"make\"}" \
  ",\"verbs\":[{\"name\":"                                                                         \
  "\"make\",\"changes\":true}]"
#define GOOD DOCUMENT("Plan", ",\"title\":\"nothing\",\"actions\":[]")
#endif
#ifndef NAME
#define NAME "faulty-" POINT
#endif

static const char k_manifest[] =
    DOCUMENT("Plugin", ",\"name\":\"" NAME
                       "\",\"version\":\"1.0.0\",\"abi\":{\"major\":1,\"minor\":0},"
                       "\"provides\":[{\"point\":\"" POINT "/1\",\"name\":\"" NAME "\"" MORE "}]");

static int fails_by(const char* fault) {
  const char* wanted = getenv("LC_NAME");
  return wanted != NULL && strcmp(wanted, fault) == 0;
}

/* As the kernel does it, whatever a sanitizer would make of the signal. */
static void crash(void) {
  signal(SIGSEGV, SIG_DFL);
  raise(SIGSEGV);
}

static int32_t start(const mesh_host* host, void** self, const mesh_sink* reply) {
  (void)host;
  (void)self;
  (void)reply;
  if (fails_by("crash-at-start")) crash();
  return MESH_OK;
}

static int32_t invoke(void* self, const mesh_host* host, mesh_text extension, mesh_text verb,
                      mesh_text request, const mesh_sink* reply) {
  (void)self;
  (void)host;
  (void)extension;
  (void)verb;
  (void)request;
  if (fails_by("crash")) crash();
  while (fails_by("hang")) pause();
  if (fails_by("exit")) _exit(0);
  if (fails_by("json")) return say(reply, "{\"items\": nope}");
  if (fails_by("nul")) return say(reply, GOOD), reply->write(reply->ctx, "\0junk", 5);
  if (fails_by("kind")) return say(reply, DOCUMENT("Lamp", ""));
  if (fails_by("array")) return say(reply, "[1, 2]");
  if (fails_by("schema")) {
    return say(reply, DOCUMENT("Plan",
                               ",\"items\":[7],\"rows\":7,\"settings\":7,\"actions\":7,"
                               "\"score\":\"high\""));
  }
  if (fails_by("unsupported")) return MESH_UNSUPPORTED;
  if (fails_by("busy") || fails_by("busy-twice")) {
    static int calls = 0;
    if (fails_by("busy-twice") && ++calls > 2) return say(reply, GOOD);
    fputs("asked\n", stderr);
    say(reply, "{\"code\":\"unreachable\",\"message\":\"busy\",\"retryable\":true}");
    return MESH_FAILED;
  }
  if (fails_by("usage")) {
    say(reply, "{\"code\":\"usage\",\"message\":\"no such flag\"}");
    return MESH_FAILED;
  }
  if (fails_by("blame")) {
    say(reply, "{\"code\":\"plugin-fault\",\"message\":\"it broke\",\"plugin\":\"certs\"}");
    return MESH_FAILED;
  }
  if (fails_by("huge")) {
    static const char k_piece[1024] = {' '};
    for (uint64_t have = 0; have <= MESH_DOCUMENT_MAX; have += sizeof k_piece) {
      if (reply->write(reply->ctx, k_piece, sizeof k_piece) != MESH_OK) return MESH_TOO_LARGE;
    }
  }
  return say(reply, GOOD);
}

PLUGIN(start)
