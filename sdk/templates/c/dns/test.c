#include "test_host.h"

static const char* const first = ".:53 {\n    forward . /etc/resolv.conf\n}\n";

static json_t* ask_about(const char* verb, const char* corefile, int32_t expected) {
  json_t* request =
      json_pack("{s:s, s:s, s:s, s:{s:{s:{s:s, s:s}, s:{s:s}}}}", "cluster", "a", "suffix",
                "global", "server", "10.0.0.10", "objects", "config", "metadata", "namespace",
                "kube-system", "name", "coredns", "data", "Corefile", corefile);
  return invoke_with(verb, request, expected);
}

/* The Corefile after a plan that has something to do; the caller frees it. */
static char* after(const char* verb, const char* corefile) {
  json_t* plan = ask_about(verb, corefile, MESH_OK);
  const char* text = NULL;
  assert(json_unpack(plan, "{s:[{s:[{s:s}]}]}", "actions", "patch", "value", &text) == 0);
  char* kept = strdup(text);
  json_decref(plan);
  return kept;
}

int main(void) {
  char* edited = after("plan", first);
  assert(strncmp(edited, first, strlen(first)) == 0);
  assert(strstr(edited, "global:53 {\n    forward . 10.0.0.10\n}") != NULL);

  json_t* seen = ask_about("look", edited, MESH_OK);
  const char* target = NULL;
  assert(json_unpack(seen, "{s:[s]}", "targets", &target) == 0 && strcmp(target, "10.0.0.10") == 0);
  json_decref(seen);

  json_t* again = ask_about("plan", edited, MESH_OK);
  assert(json_array_size(json_object_get(again, "actions")) == 0);
  json_decref(again);

  char* removed = after("remove", edited);
  assert(strcmp(removed, first) == 0);
  free(removed);
  free(edited);

  json_t* problem = ask_about("plan", "", MESH_FAILED);
  const char* message = json_string_value(json_object_get(problem, "message"));
  assert(strcmp(message, "a: there is no ConfigMap with a Corefile") == 0);
  json_decref(problem);
  puts("the block comes and goes");
  return 0;
}
