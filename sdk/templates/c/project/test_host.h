/* A host for the test: it answers each call with the row of "SERVICE VERB". */
#ifndef TEST_HOST_H
#define TEST_HOST_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge.h"

typedef struct row {
  const char* call;
  const char* reply;
} row;

static row rows[8]; /* the test fills them */

static inline int32_t host_call(void* ctx, mesh_text service, mesh_text verb, mesh_text request,
                                const mesh_sink* to) {
  (void)ctx;
  (void)request;
  char call[128];
  snprintf(call, sizeof(call), "%.*s %.*s", (int)service.len, service.ptr, (int)verb.len, verb.ptr);
  for (const row* at = rows; at->call != NULL; ++at) {
    if (strcmp(call, at->call) == 0) return to->write(to->ctx, at->reply, strlen(at->reply));
  }
  return MESH_UNSUPPORTED;
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

/* Asks the plugin through its one symbol, as the real host does: the answer or its Problem. */
static inline json_t* invoke_on(const mesh_host* host, const char* verb, const json_t* request,
                                int32_t* code) {
  char* asked = json_dumps(request, 0);
  const mesh_text texts[] = {
      {address, strlen(address)}, {verb, strlen(verb)}, {asked, strlen(asked)}};
  json_t* value = NULL;
  const mesh_sink sink = {&value, keep};
  *code = kubectl_mesh_plugin_v1()->invoke(NULL, host, texts[0], texts[1], texts[2], &sink);
  free(asked);
  return value;
}

/* The same with the host of the rows. Takes `request` over. */
static inline json_t* invoke_with(const char* verb, json_t* request, int32_t expected) {
  const mesh_host host = {sizeof(mesh_host), MESH_ABI_MINOR, NULL, host_call, never, no_deadline};
  int32_t code = MESH_OK;
  json_t* value = invoke_on(&host, verb, request, &code);
  assert(code == expected);
  json_decref(request);
  return value;
}

#endif
