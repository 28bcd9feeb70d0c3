// The one symbol of a plugin, and what C must do between Go and the host's functions.
#include <stdlib.h>
#include <string.h>

#include "_cgo_export.h"

// What a call answered, gathered from as many pieces as the host likes.
typedef struct answer {
  char* bytes;
  uint64_t size;
} answer;

static int32_t gather(void* ctx, const char* bytes, uint64_t size) {
  answer* all = ctx;
  if (size > MESH_DOCUMENT_MAX - all->size) return MESH_TOO_LARGE;
  char* grown = realloc(all->bytes, all->size + size + 1);
  if (grown == NULL) return MESH_TOO_LARGE;
  memcpy(grown + all->size, bytes, size);
  all->bytes = grown;
  all->size += size;
  return MESH_OK;
}

int32_t mesh_call(const mesh_host* host, mesh_text service, mesh_text verb, mesh_text request,
                  mesh_text* reply) {
  answer all = {NULL, 0};
  const mesh_sink sink = {&all, gather};
  const int32_t code = host->call(host->ctx, service, verb, request, &sink);
  reply->ptr = all.bytes;
  reply->len = all.size;
  return code;
}

int32_t mesh_cancelled(const mesh_host* host) {
  return host->cancelled(host->ctx);
}

int32_t mesh_write(const mesh_sink* sink, const char* bytes, uint64_t size) {
  return sink->write(sink->ctx, bytes, size);
}

static int32_t start(const mesh_host* host, void** self, const mesh_sink* reply) {
  (void)host;
  (void)self;
  (void)reply;
  return MESH_OK;
}

static int32_t invoke(void* self, const mesh_host* host, mesh_text extension, mesh_text verb,
                      mesh_text request, const mesh_sink* reply) {
  (void)self;
  return meshInvoke((mesh_host*)host, extension, verb, request, (mesh_sink*)reply);
}

const mesh_plugin* kubectl_mesh_plugin_v1(void) {
  static mesh_plugin plugin = {MESH_PLUGIN_MAGIC,
                               sizeof(mesh_plugin),
                               MESH_ABI_MAJOR,
                               MESH_ABI_MINOR,
                               {NULL, 0},
                               start,
                               invoke,
                               NULL};
  plugin.manifest = meshManifest();
  return &plugin;
}
