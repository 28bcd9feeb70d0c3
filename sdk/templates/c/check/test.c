#include "test_host.h"

static void severity_is(int size, const char* severity) {
  const char* form =
      "{\"results\":[{\"found\":true,\"object\":{\"items\":[{\"metadata\":{\"namespace\":"
      "\"default\","
      "\"name\":\"big\"},\"data\":{\"a\":\"%0*d\"}}]}}]}";
  const int length = snprintf(NULL, 0, form, size, 0);
  char* text = malloc((size_t)length + 1);
  snprintf(text, (size_t)length + 1, form, size, 0);
  rows[0] = (row){"kube.read/1 read", text};
  json_t* report = invoke_with("run", json_pack("{s:[s]}", "clusters", "a"), MESH_OK);
  const json_t* finding = json_array_get(json_object_get(report, "items"), 0);
  assert(strcmp(json_string_value(json_object_get(finding, "severity")), severity) == 0);
  json_decref(report);
  free(text);
}

int main(void) {
  severity_is(10, "pass");
  severity_is(800 * 1024, "warning");
  puts("a big ConfigMap is warned of");
  return 0;
}
