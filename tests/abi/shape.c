/* A plugin whose struct or start is wrong in one way, which SHAPE_... chooses at compile time; with
 * none of them it is in order. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"

#include "mesh/plugin.h"

#if defined(SHAPE_CONSTRUCTOR_CRASHES)
__attribute__((constructor)) static void crash(void) {
  abort();
}
#endif

#if defined(SHAPE_START_CALLS)
static int32_t ignore(void* ctx, const char* bytes, uint64_t len) {
  (void)ctx;
  (void)bytes;
  (void)len;
  return MESH_OK;
}

/* The log is open while a plugin starts, and nothing else. */
static int32_t call_from_start(const mesh_host* host) {
  static const mesh_text log = {"log/1", 5}, write = {"write", 5};
  static const mesh_text clock = {"clock/1", 7}, now = {"now", 3};
  static const mesh_text text = {"{\"text\":\"starting\"}", 19}, nothing = {"{}", 2};
  const mesh_sink sink = {NULL, ignore};
  if (host->call(host->ctx, log, write, text, &sink) != MESH_OK) return MESH_FAILED;
  return host->call(host->ctx, clock, now, nothing, &sink) == MESH_UNSUPPORTED ? MESH_OK
                                                                               : MESH_FAILED;
}
#endif

static int32_t start(const mesh_host* host, void** self, const mesh_sink* reply) {
  (void)host;
  (void)self;
#if defined(SHAPE_START_FAILS)
  static const char problem[] = "{\"code\":\"credential\",\"message\":\"no token was found\"}";
  reply->write(reply->ctx, problem, sizeof(problem) - 1);
  return MESH_FAILED;
#elif defined(SHAPE_START_CALLS)
  if (call_from_start(host) != MESH_OK) return MESH_FAILED;
#elif defined(SHAPE_START_HANGS)
  for (volatile int forever = 1; forever;) {
  }
#endif
  (void)reply;
  return MESH_OK;
}

static int32_t invoke(void* self, const mesh_host* host, mesh_text extension, mesh_text verb,
                      mesh_text request, const mesh_sink* reply) {
  (void)self;
  (void)host;
  (void)extension;
  (void)verb;
  (void)request;
  return reply->write(reply->ctx, "{\"fine\":true}", 13);
}

/* What a later minor version may look like: the same beginning, and more. */
typedef struct larger_plugin {
  mesh_plugin known;
  void (*appended)(void);
  uint64_t more[16];
} larger_plugin;

static larger_plugin g_plugin = {{MESH_PLUGIN_MAGIC,
                                  sizeof(mesh_plugin),
                                  MESH_ABI_MAJOR,
                                  MESH_ABI_MINOR,
                                  {BAD_MANIFEST, sizeof(BAD_MANIFEST) - 1},
                                  start,
                                  invoke,
                                  NULL},
                                 NULL,
                                 {0}};

#if !defined(SHAPE_NO_SYMBOL)
const mesh_plugin* kubectl_mesh_plugin_v1(void) {
#if defined(SHAPE_LARGER)
  g_plugin.known.struct_size = sizeof(larger_plugin);
  g_plugin.known.abi_minor = 7;
  memset(g_plugin.more, 0xff, sizeof(g_plugin.more));
#elif defined(SHAPE_SMALLER)
  g_plugin.known.struct_size = offsetof(mesh_plugin, stop);
#elif defined(SHAPE_WRONG_MAGIC)
  g_plugin.known.magic = UINT32_C(0x12345678);
#elif defined(SHAPE_NEWER_MAJOR)
  g_plugin.known.abi_major = 2;
#elif defined(SHAPE_NO_START)
  g_plugin.known.start = NULL;
#elif defined(SHAPE_NO_INVOKE)
  g_plugin.known.invoke = NULL;
#elif defined(SHAPE_NO_MANIFEST)
  g_plugin.known.manifest.ptr = NULL;
  g_plugin.known.manifest.len = 0;
#elif defined(SHAPE_RETURNS_NULL)
  return NULL;
#endif
  return &g_plugin.known;
}
#else
MESH_EXPORT int unrelated(void);
int unrelated(void) {
  return g_plugin.known.abi_major != 0;
}
#endif
