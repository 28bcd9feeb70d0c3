/* Asks the plugin again what a run asked it (KUBECTL_MESH_RECORD=FILE), with what the host told it
 * then. */
#ifndef REPLAY_H
#define REPLAY_H

#include "test_host.h"

/* What was masked agrees with anything. */
static int agrees(json_t* recorded, json_t* now) {
  const char* text = json_string_value(recorded);
  if (text != NULL && strcmp(text, "<masked>") == 0) return 1;
  if (json_typeof(recorded) != json_typeof(now)) return 0;
  json_t* value;
  if (json_is_array(recorded)) {
    size_t at;
    if (json_array_size(recorded) != json_array_size(now)) return 0;
    json_array_foreach(recorded, at, value) {
      if (!agrees(value, json_array_get(now, at))) return 0;
    }
    return 1;
  }
  if (json_is_object(recorded)) {
    const char* name;
    if (json_object_size(recorded) != json_object_size(now)) return 0;
    json_object_foreach(recorded, name, value) {
      json_t* field = json_object_get(now, name);
      if (field == NULL || !agrees(value, field)) return 0;
    }
    return 1;
  }
  return json_equal(recorded, now);
}

static int asks(const json_t* line, const json_t* question) {
  json_t* own = json_pack("[O, O, O]", json_object_get(line, "to"), json_object_get(line, "verb"),
                          json_object_get(line, "request"));
  const int same = json_equal(own, question);
  json_decref(own);
  return same;
}

/* What is the same in two lines is answered in turn, and by the last one from then on. */
static int32_t told_then(void* ctx, mesh_text service, mesh_text verb, mesh_text request,
                         const mesh_sink* to) {
  json_t* told = ctx;
  json_t* question = json_pack("[s%, s%, o]", service.ptr, (size_t)service.len, verb.ptr,
                               (size_t)verb.len, json_loadb(request.ptr, request.len, 0, NULL));
  json_t* found = NULL;
  size_t first = 0;
  for (size_t at = 0; at < json_array_size(told); ++at) {
    json_t* line = json_array_get(told, at);
    if (!asks(line, question)) continue;
    if (found != NULL) {
      json_array_remove(told, first);
      break;
    }
    found = json_incref(line);
    first = at;
  }
  json_decref(question);
  if (found == NULL) return MESH_UNSUPPORTED;
  const json_t* problem = json_object_get(found, "problem");
  char* text = json_dumps(problem != NULL ? problem : json_object_get(found, "reply"),
                          JSON_COMPACT | JSON_ENCODE_ANY);
  const int32_t written = to->write(to->ctx, text, strlen(text));
  free(text);
  json_decref(found);
  return written == MESH_OK && problem != NULL ? MESH_FAILED : written;
}

static void answers_as_recorded(json_t* line, json_t* told) {
  const mesh_host host = {sizeof(mesh_host), MESH_ABI_MINOR, told, told_then, never, no_deadline};
  const char* verb = json_string_value(json_object_get(line, "verb"));
  int32_t code = MESH_OK;
  json_t* now = invoke_on(&host, verb, json_object_get(line, "request"), &code);
  const json_t* problem = json_object_get(line, "problem");
  const int same = problem == NULL
                       ? code == MESH_OK && agrees(json_object_get(line, "reply"), now)
                       : code == MESH_FAILED && json_equal(json_object_get(problem, "code"),
                                                           json_object_get(now, "code"));
  if (!same) {
    fprintf(stderr, "%s %s does not answer as it was recorded, but %d: ", address, verb, (int)code);
    json_dumpf(now, stderr, JSON_COMPACT | JSON_ENCODE_ANY);
    exit(1);
  }
  json_decref(now);
}

/* How many questions the plugin answers as it did in the run; if it does not, the program ends. */
static size_t replay(const char* file) {
  FILE* in = fopen(file, "r");
  assert(in != NULL);
  json_t* about = json_loads(manifest, 0, NULL);
  json_t* asked = json_array();
  json_t* told = json_array();
  char* text = NULL;
  size_t room = 0;
  while (getline(&text, &room, in) > 0) {
    json_t* line = json_loads(text, 0, NULL);
    assert(line != NULL);
    if (json_equal(json_object_get(line, "by"), json_object_get(about, "name")))
      json_array_append(told, line);
    const char* to = json_string_value(json_object_get(line, "to"));
    if (to != NULL && strcmp(to, address) == 0) json_array_append(asked, line);
    json_decref(line);
  }
  free(text);
  fclose(in);
  const size_t count = json_array_size(asked);
  for (size_t at = 0; at < count; ++at) answers_as_recorded(json_array_get(asked, at), told);
  json_decref(asked);
  json_decref(told);
  json_decref(about);
  return count;
}

#endif
