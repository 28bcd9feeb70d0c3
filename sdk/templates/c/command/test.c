#include "test_host.h"

int main(void) {
  rows[0] = (row){"kube.read/1 read",
                  "{\"results\":[{\"found\":true,\"object\":{\"items\":[{\"metadata\":{\"name\":"
                  "\"shop\"},\"status\":{\"phase\":\"Active\"}}]}}]}"};
  json_t* report = invoke_with("list", json_pack("{s:[s]}", "clusters", "a"), MESH_OK);
  json_t* wanted =
      json_pack("[{s:s, s:s, s:s}]", "cluster", "a", "name", "shop", "phase", "Active");
  assert(json_equal(json_object_get(report, "items"), wanted));
  json_decref(wanted);
  json_decref(report);
  puts("each namespace is a row");
  return 0;
}
