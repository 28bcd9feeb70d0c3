/* The one symbol, and the functions that the host calls: each hands over to Go at once. */
#include "abi.h"

#include "_cgo_export.h"

static int32_t append(void* ctx, const char* bytes, uint64_t len) {
  return meshAppend((uintptr_t)ctx, (char*)bytes, len);
}

int32_t mesh_call(const mesh_host* host, mesh_text service, mesh_text verb, mesh_text request,
                  uintptr_t reply) {
  const mesh_sink sink = {(void*)reply, append};
  return host->call(host->ctx, service, verb, request, &sink);
}

int32_t mesh_cancelled(const mesh_host* host) {
  return host->cancelled(host->ctx);
}

int32_t mesh_write(const mesh_sink* sink, const char* bytes, uint64_t len) {
  return sink->write(sink->ctx, bytes, len);
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
                               {0, 0},
                               start,
                               invoke,
                               0};
  if (plugin.manifest.ptr == 0) plugin.manifest = meshManifest();
  return &plugin;
}
