#include "plan_support.hpp"
#include <catch2/catch.hpp>

#include "plan/object.hpp"

using mesh::Json;
using mesh::redacted;
using mesh::test::config_map;
using mesh::test::secret;

namespace {

constexpr const char* k_last_applied = "kubectl.kubernetes.io/last-applied-configuration";

Json applied_secret() {
  Json object = secret("s", {{"k", "Y2FuYXJ5"}});
  object["stringData"] = {{"l", "canary"}};
  object["metadata"]["annotations"] = {{k_last_applied, "{\"data\":{\"k\":\"Y2FuYXJ5\"}}"},
                                       {"note", "kept"}};
  object["metadata"]["managedFields"] = Json::array();
  return object;
}

bool holds_canary(const Json& object) {
  const std::string text = mesh::to_text(object);
  return text.find("canary") != std::string::npos || text.find("Y2FuYXJ5") != std::string::npos;
}

}  // namespace

TEST_CASE("no value of a Secret is left, wherever kubectl has put it") {
  for (const Json& object :
       {redacted(applied_secret()), redacted(Json::array({applied_secret()})).front()}) {
    CHECK_FALSE(holds_canary(object));
    CHECK(object["metadata"]["name"] == "s");
    CHECK(object["metadata"]["annotations"]["note"] == "kept");
  }
  const Json shown = redacted(applied_secret());
  CHECK(shown["data"]["k"].get<std::string>().starts_with("sha256:"));
  CHECK(shown["data"]["k"] != shown["stringData"]["l"]);
}

TEST_CASE("what is no Secret is shown as it is, without the server's bookkeeping") {
  Json object = config_map("c", {{"k", "v"}});
  object["metadata"]["managedFields"] = Json::array({1});
  const Json shown = redacted(object);
  CHECK(shown["data"]["k"] == "v");
  CHECK_FALSE(shown["metadata"].contains("managedFields"));
}

TEST_CASE("content is what the operator would call so") {
  Json object = config_map("c", {{"k", "v"}});
  const Json plain = object;
  object["status"] = {{"x", 1}};
  for (const char* field :
       {"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"}) {
    object["metadata"][field] = "1";
  }
  CHECK(mesh::without_volatile(object) == plain);
}

TEST_CASE("objects of any shape are survived") {
  const Json odd = GENERATE(Json(), Json(7), Json("x"), Json::array(), Json::object(),
                            Json{{"kind", 7}}, Json{{"kind", "Secret"}, {"apiVersion", 1}},
                            Json{{"metadata", 7}}, Json{{"metadata", {{"annotations", 7}}}},
                            Json{{"kind", "Secret"}, {"apiVersion", "v1"}, {"data", 7}});
  CHECK_NOTHROW(redacted(odd));
  CHECK(mesh::metadata_text(odd, "uid").empty());
}

TEST_CASE("a value is found by its pointer, and none is null") {
  const Json object = Json::parse(R"({"a":{"b/c":[1,{"d":null}]}})");
  CHECK(mesh::find_at(object, "/a/b~1c/0") == 1);
  for (const char* pointer :
       {"/x", "/a/b", "/a/b~1c/2", "/a/b~1c/x", "/a/b~1c/-", "/a/b~1c/1/d/e", "/a/b~1c/01"}) {
    INFO(pointer);
    CHECK(mesh::find_at(object, pointer).is_null());
  }
  CHECK(mesh::find_at(object, "") == object);
  for (const char* wrong : {"a", "/a~2", "/a~"}) {
    CHECK(mesh::test::code_of([&] { mesh::find_at(object, wrong); }) == "plugin-fault");
  }
}
