/* A plugin that offers a check and nothing else, with settings: its finding shows those that came
 * in the request, and whether the file that one of them names could be read. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "plugin_in_c.h"

static const char k_manifest[] =
    "{\"apiVersion\":\"kubectl-mesh.dev/v1\",\"kind\":\"Plugin\",\"name\":\"tuned-plugin\","
    "\"version\":\"1.0.0\",\"abi\":{\"major\":1,\"minor\":0},\"provides\":[{\"point\":\"check/1\","
    "\"name\":\"tuned\",\"summary\":\"shows its settings\",\"verbs\":[{\"name\":\"run\","
    "\"timeoutSeconds\":45}],\"settings\":{\"type\":\"object\","
    "\"required\":[\"limit\"],\"additionalProperties\":false,\"properties\":{"
    "\"limit\":{\"type\":\"integer\",\"default\":3,\"description\":\"how many\"},"
    "\"rules\":{\"type\":\"string\",\"format\":\"path\",\"description\":\"file of rules\"},"
    "\"more\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"format\":\"path\"},"
    "\"description\":\"further files\"},"
    "\"named\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\",\"format\":"
    "\"path\"},\"description\":\"files by name\"},"
    "\"server\":{\"type\":\"string\",\"format\":\"path\",\"description\":\"a folder, or an URL\"}"
    "}}}]}";

/* The object behind `"settings":`, whose texts have no braces. */
static size_t settings_in(const char* request, const char** begin) {
  const char* found = strstr(request, "\"settings\":");
  if (found == NULL) return 0;
  *begin = found + strlen("\"settings\":");
  int depth = 0;
  for (const char* at = *begin; *at != '\0'; ++at) {
    if (*at == '{') ++depth;
    if (*at == '}' && --depth == 0) return (size_t)(at - *begin) + 1;
  }
  return 0;
}

static int can_read_rules(const char* request) {
  const char* found = strstr(request, "\"rules\":\"");
  if (found == NULL) return 0;
  char path[4096];
  const size_t size = strcspn(found + strlen("\"rules\":\""), "\"");
  if (size >= sizeof(path)) return 0;
  memcpy(path, found + strlen("\"rules\":\""), size);
  path[size] = '\0';
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  close(file);
  return 1;
}

static int32_t invoke(void* self, const mesh_host* host, mesh_text extension, mesh_text verb,
                      mesh_text request, const mesh_sink* reply) {
  (void)self;
  (void)host;
  (void)extension;
  if (!is(verb, "run")) return MESH_UNSUPPORTED;
  char* text = calloc(1, request.len + 1);
  if (text == NULL) return MESH_FAILED;
  memcpy(text, request.ptr, request.len);
  const char* settings = "null";
  const size_t size = settings_in(text, &settings);
  say(reply,
      "{\"apiVersion\":\"kubectl-mesh.dev/v1\",\"kind\":\"FindingList\",\"items\":[{\"id\":"
      "\"tuned/settings\",\"cluster\":\"*\",\"severity\":\"pass\",\"title\":\"they came\","
      "\"evidence\":\"");
  say(reply, can_read_rules(text) ? "read" : "not read");
  say(reply, "\",\"settings\":");
  const int32_t code = size == 0 ? say(reply, "null") : reply->write(reply->ctx, settings, size);
  free(text);
  return code == MESH_OK ? say(reply, "}]}") : code;
}

PLUGIN(start_idle)
