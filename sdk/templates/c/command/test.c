#include "test_host.h"

int main(void) {
  reply =
      "{\"results\":[{\"found\":true,\"object\":{\"items\":[{\"metadata\":{\"name\":\"shop\"},"
      "\"status\":{\"phase\":\"Active\"}}]}}]}";
  json_t* report = invoke_with("list", "{\"clusters\":[\"a\"]}");
  json_t* wanted =
      json_pack("[{s:s, s:s, s:s}]", "cluster", "a", "name", "shop", "phase", "Active");
  assert(json_equal(json_object_get(report, "items"), wanted));
  json_decref(wanted);
  json_decref(report);
  puts("each namespace is a row");
  return 0;
}
