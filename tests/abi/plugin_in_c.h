/* What the test plugins in C have in common. A plugin defines k_manifest and invoke, includes this
 * before them, and ends with PLUGIN(start): its own start, or start_idle. The examples and
 * templates of the SDK stand alone and do not use it. */
#pragma once

#include <string.h>

#include "mesh/plugin.h"

static inline int is(mesh_text text, const char* word) {
  return text.len == strlen(word) && memcmp(text.ptr, word, strlen(word)) == 0;
}

static inline mesh_text text_of(const char* words) {
  const mesh_text text = {words, strlen(words)};
  return text;
}

static inline int32_t say(const mesh_sink* sink, const char* words) {
  return sink->write(sink->ctx, words, strlen(words));
}

static inline int32_t start_idle(const mesh_host* host, void** self, const mesh_sink* reply) {
  (void)host;
  (void)self;
  (void)reply;
  return MESH_OK;
}

#define PLUGIN(start)                                                        \
  const mesh_plugin* kubectl_mesh_plugin_v1(void) {                          \
    static const mesh_plugin plugin = {MESH_PLUGIN_MAGIC,                    \
                                       sizeof(mesh_plugin),                  \
                                       MESH_ABI_MAJOR,                       \
                                       MESH_ABI_MINOR,                       \
                                       {k_manifest, sizeof(k_manifest) - 1}, \
                                       start,                                \
                                       invoke,                               \
                                       NULL};                                \
    return &plugin;                                                          \
  }
