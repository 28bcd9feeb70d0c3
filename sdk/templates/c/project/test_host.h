/* A host for the test: it answers every call with the text in `reply`. */
#ifndef TEST_HOST_H
#define TEST_HOST_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge.h"

static const char* reply;

static int32_t host_call(void* ctx, mesh_text service, mesh_text verb, mesh_text request,
                         const mesh_sink* to) {
  (void)ctx;
  (void)service;
  (void)verb;
  (void)request;
  return to->write(to->ctx, reply, strlen(reply));
}

static int32_t never(void* ctx) {
  (void)ctx;
  return 0;
}

static uint64_t no_deadline(void* ctx) {
  (void)ctx;
  return 0;
}

static int32_t keep(void* ctx, const char* bytes, uint64_t len) {
  json_t** value = ctx;
  *value = json_loadb(bytes, len, JSON_DECODE_ANY, NULL);
  return MESH_OK;
}

/* Asks the plugin through its one symbol, as the real host does. */
static json_t* invoke_with(const char* verb, const char* request) {
  const mesh_host host = {sizeof(mesh_host), MESH_ABI_MINOR, NULL, host_call, never, no_deadline};
  const mesh_text texts[] = {
      {address, strlen(address)}, {verb, strlen(verb)}, {request, strlen(request)}};
  json_t* value = NULL;
  const mesh_sink sink = {&value, keep};
  const int32_t code =
      kubectl_mesh_plugin_v1()->invoke(NULL, &host, texts[0], texts[1], texts[2], &sink);
  assert(code == MESH_OK);
  return value;
}

#endif
