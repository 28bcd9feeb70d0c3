#include "edge.h"

#include <stdlib.h>
#include <string.h>

/* A reply as it comes in, piece by piece. */
typedef struct buffer {
  char* bytes;
  size_t len;
} buffer;

static int32_t append(void* ctx, const char* bytes, uint64_t len) {
  buffer* to = ctx;
  if (len > MESH_DOCUMENT_MAX - to->len) return MESH_TOO_LARGE;
  char* larger = realloc(to->bytes, to->len + len + 1);
  if (larger == NULL) return MESH_TOO_LARGE;
  memcpy(larger + to->len, bytes, len);
  to->bytes = larger;
  to->len += len;
  return MESH_OK;
}

static mesh_text text_of(const char* text) {
  const mesh_text made = {text, strlen(text)};
  return made;
}

static int is(mesh_text text, const char* word) {
  return text.len == strlen(word) && memcmp(text.ptr, word, text.len) == 0;
}

json_t* ask(const mesh_host* host, const char* service, const char* verb, json_t* request,
            int32_t* code) {
  char* asked = json_dumps(request, JSON_COMPACT);
  json_decref(request);
  *code = MESH_FAILED;
  if (asked == NULL) return NULL;
  buffer reply = {NULL, 0};
  const mesh_sink sink = {&reply, append};
  *code = host->call(host->ctx, text_of(service), text_of(verb), text_of(asked), &sink);
  free(asked);
  json_t* value = reply.len == 0 ? NULL : json_loadb(reply.bytes, reply.len, JSON_DECODE_ANY, NULL);
  free(reply.bytes);
  return value;
}

json_t* refuse(json_t* message, const char* hint, int32_t* code) {
  *code = MESH_FAILED;
  return json_pack("{s:s, s:o, s:s}", "code", "invalid-input", "message", message, "hint", hint);
}

static int32_t write_value(const mesh_sink* reply, const json_t* value, int32_t code) {
  char* text = json_dumps(value, JSON_COMPACT);
  if (text == NULL) return MESH_FAILED;
  const int32_t written = reply->write(reply->ctx, text, strlen(text));
  free(text);
  return written == MESH_OK ? code : written;
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
  const struct verb* row = verbs;
  while (row->name != NULL && !is(verb, row->name)) ++row;
  if (!is(extension, address) || row->name == NULL) return MESH_UNSUPPORTED;
  json_t* asked = json_loadb(request.ptr, request.len, 0, NULL);
  int32_t code = MESH_OK;
  json_t* value = asked == NULL ? refuse(json_string("the request is no JSON object"), "", &code)
                                : row->answer(host, asked, &code);
  /* Without memory for an answer there is none for a Problem. */
  if (value == NULL && code == MESH_OK) code = MESH_FAILED;
  if (value != NULL) code = write_value(reply, value, code);
  json_decref(value);
  json_decref(asked);
  return code;
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
  plugin.manifest = text_of(manifest);
  return &plugin;
}
