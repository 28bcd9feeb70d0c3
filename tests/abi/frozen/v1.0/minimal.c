/* The smallest useful plugin: one command, `kubectl mesh hello greet`, in plain C. */
#include <stdio.h>
#include <string.h>

#include "mesh/plugin.h"

#define MANIFEST                                                                      \
  "{\"apiVersion\":\"kubectl-mesh.dev/v1\",\"kind\":\"Plugin\",\"name\":\"minimal\"," \
  "\"version\":\"1.0.0\",\"summary\":\"a plugin in plain C\","                        \
  "\"abi\":{\"major\":1,\"minor\":0},\"provides\":[{\"point\":\"command/1\","         \
  "\"name\":\"hello\",\"summary\":\"says hello\",\"verbs\":[{\"name\":\"greet\","     \
  "\"summary\":\"say hello\"}]}]}"

#define REPORT                                                         \
  "{\"apiVersion\":\"kubectl-mesh.dev/v1\",\"kind\":\"GreetingList\"," \
  "\"columns\":[{\"title\":\"GREETING\",\"pointer\":\"/text\"}],"      \
  "\"items\":[{\"text\":\"hello from C\"}]}"

static int is(mesh_text text, const char* word) {
  return text.len == strlen(word) && memcmp(text.ptr, word, strlen(word)) == 0;
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
  (void)request;
  if (!is(extension, "command/1:hello") || !is(verb, "greet")) return MESH_UNSUPPORTED;
  if (host->cancelled(host->ctx)) return MESH_CANCELLED;
  return reply->write(reply->ctx, REPORT, sizeof(REPORT) - 1);
}

const mesh_plugin* kubectl_mesh_plugin_v1(void) {
  static const mesh_plugin plugin = {MESH_PLUGIN_MAGIC,
                                     sizeof(mesh_plugin),
                                     MESH_ABI_MAJOR,
                                     MESH_ABI_MINOR,
                                     {MANIFEST, sizeof(MANIFEST) - 1},
                                     start,
                                     invoke,
                                     NULL};
  return &plugin;
}
