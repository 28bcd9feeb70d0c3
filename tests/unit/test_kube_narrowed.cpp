#include <catch2/catch.hpp>

#include "kube/narrowed.hpp"
#include "mesh/lookup.hpp"

using mesh::Json;
using mesh::narrowed;
using mesh::Read;

namespace {

const Json k_pods{
    {"items",
     {{{"metadata", {{"name", "a"}, {"namespace", "x"}, {"labels", {{"app", "a"}, {"v", "1"}}}}}},
      {{"metadata", {{"name", "b"}, {"namespace", "x"}, {"labels", {{"app", "b"}}}}}},
      {{"metadata", {{"name", "c"}, {"namespace", "y"}}}}}}};

std::string names(const std::string& name_space, const std::string& labels) {
  const Read read = mesh::lookup::list_of("cluster", "v1", "Pod", name_space, labels);
  const std::optional<Json> part = narrowed(k_pods, read);
  if (!part) return "?";
  std::string text;
  for (const Json& item : part->at("items")) text += mesh::lookup::text(item, "/metadata/name");
  return text;
}

}  // namespace

TEST_CASE("a whole list tells what a narrower one would") {
  CHECK(names("", "") == "abc");
  CHECK(names("x", "") == "ab");
  CHECK(names("z", "").empty());
  CHECK(names("", "app=b") == "b");
  CHECK(names("x", "app=a,v=1") == "a");
  CHECK(names("x", "app=a,v=2").empty());
  CHECK(names("y", "app=a").empty());
  CHECK(names("", "app") == "ab");
  CHECK(names("", "v,app=a") == "a");
  CHECK(names("", "app=").empty());
}

TEST_CASE("what a selector says beyond KEY and KEY=VALUE only the server can judge") {
  for (const char* labels : {"=a", "!app", "app!=a", "app==a", "app in (a,b)", "app=a,v in (1)"}) {
    CAPTURE(labels);
    CHECK(names("", labels) == "?");
  }
}
