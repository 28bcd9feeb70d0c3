#include "plan_support.hpp"
#include <catch2/catch.hpp>

#include "plan/managed_fields.hpp"

using mesh::compare;
using mesh::Json;
using mesh::test::pointers;
using Pointers = std::vector<std::string>;

namespace {

Json owner(const char* manager, const char* operation, const char* fields) {
  return {{"manager", manager}, {"operation", operation}, {"fieldsV1", Json::parse(fields)}};
}

Json ours(const char* fields) {
  return owner("kubectl-mesh", "Apply", fields);
}

Json theirs(const char* fields) {
  return owner("other", "Update", fields);
}

struct OwnedRow {
  std::string why;
  const char* desired;
  const char* live;
  std::vector<Json> owners;
  Pointers changed;
};

}  // namespace

TEST_CASE("what we applied and no longer want is a change, if nobody else wants it") {
  const OwnedRow row = GENERATE(
      OwnedRow{"a field of ours",
               R"({"a":1})",
               R"({"a":1,"b":2})",
               {ours(R"({"f:a":{},"f:b":{}})")},
               {"/b"}},
      OwnedRow{"somebody else's",
               R"({"a":1})",
               R"({"a":1,"b":2})",
               {ours(R"({"f:a":{}})"), theirs(R"({"f:b":{}})")},
               {}},
      OwnedRow{"shared",
               R"({"a":1})",
               R"({"a":1,"b":2})",
               {ours(R"({"f:a":{},"f:b":{}})"), theirs(R"({"f:b":{}})")},
               {}},
      OwnedRow{"gone already", R"({"a":1})", R"({"a":1})", {ours(R"({"f:a":{},"f:b":{}})")}, {}},
      OwnedRow{"a null of ours",
               R"({"a":1,"b":null})",
               R"({"a":1,"b":2})",
               {ours(R"({"f:a":{},"f:b":{}})")},
               {"/b"}},
      OwnedRow{"a key of a map",
               R"({"data":{"x":"1"}})",
               R"({"data":{"x":"1","y":"2"}})",
               {ours(R"({"f:data":{".":{},"f:x":{},"f:y":{}}})")},
               {"/data/y"}},
      OwnedRow{"our part of a shared map",
               R"({})",
               R"({"m":{"x":1,"y":2}})",
               {ours(R"({"f:m":{"f:x":{}}})"), theirs(R"({"f:m":{"f:y":{}}})")},
               {"/m/x"}},
      OwnedRow{"a whole map", R"({})", R"({"m":{"x":1}})", {ours(R"({"f:m":{"f:x":{}}})")}, {"/m"}},
      OwnedRow{"a name with a slash",
               R"({"labels":{}})",
               R"({"labels":{"a/b":"1"}})",
               {ours(R"({"f:labels":{"f:a/b":{}}})")},
               {"/labels/a~1b"}},
      OwnedRow{"an item of a list",
               R"({"ports":[{"port":1}]})",
               R"({"ports":[{"port":1,"protocol":"TCP"},{"port":2,"protocol":"TCP"}]})",
               {ours(R"({"f:ports":{"k:{\"port\":1,\"protocol\":\"TCP\"}":{".":{},"f:port":{}},
                               "k:{\"port\":2,\"protocol\":\"TCP\"}":{".":{},"f:port":{}}}})")},
               {"/ports/1"}},
      OwnedRow{
          "somebody else's item",
          R"({"ports":[{"port":1}]})",
          R"({"ports":[{"port":1,"protocol":"TCP"},{"port":2,"protocol":"TCP"}]})",
          {ours(R"({"f:ports":{"k:{\"port\":1,\"protocol\":\"TCP\"}":{".":{},"f:port":{}}}})"),
           theirs(R"({"f:ports":{"k:{\"port\":2,\"protocol\":\"TCP\"}":{".":{},"f:port":{}}}})")},
          {}},
      OwnedRow{"a field of an item",
               R"({"env":[{"name":"A"}]})",
               R"({"env":[{"name":"A","value":"1"}]})",
               {ours(R"({"f:env":{"k:{\"name\":\"A\"}":{".":{},"f:name":{},"f:value":{}}}})")},
               {"/env/0/value"}},
      OwnedRow{"a value of a set",
               R"({"finalizers":["a"]})",
               R"({"finalizers":["a","b","c"]})",
               {ours(R"({"f:finalizers":{"v:\"a\"":{},"v:\"b\"":{}}})"),
                theirs(R"({"f:finalizers":{"v:\"c\"":{}}})")},
               {"/finalizers/1"}},
      OwnedRow{"what we wrote otherwise than by applying",
               R"({})",
               R"({"b":2})",
               {owner("kubectl-mesh", "Update", R"({"f:b":{}})")},
               {}});
  INFO(row.why);
  Json live = Json::parse(row.live);
  live["metadata"]["managedFields"] = row.owners;
  CHECK(pointers(compare(Json::parse(row.desired), live)) == row.changed);
}

TEST_CASE("managedFields tell how a list is merged, whatever it is called") {
  const char* by_name = R"({"f:spec":{"f:ports":{"k:{\"name\":\"a\"}":{".":{},"f:name":{}}}}})";
  const OwnedRow row = GENERATE_COPY(
      OwnedRow{"items by their own key",
               R"({"spec":{"ports":[{"name":"a","number":1}]}})",
               R"({"spec":{"ports":[{"name":"b","number":2},{"name":"a","number":1,"x":0}]}})",
               {theirs(by_name)},
               {}},
      OwnedRow{"a different item",
               R"({"spec":{"ports":[{"name":"a","number":1}]}})",
               R"({"spec":{"ports":[{"name":"a","number":2}]}})",
               {theirs(by_name)},
               {"/spec/ports/0/number"}},
      OwnedRow{"a set",
               R"({"spec":{"zones":["b"]}})",
               R"({"spec":{"zones":["a","b"]}})",
               {theirs(R"({"f:spec":{"f:zones":{"v:\"a\"":{},"v:\"b\"":{}}}})")},
               {}},
      OwnedRow{"a set that lacks one",
               R"({"spec":{"zones":["c"]}})",
               R"({"spec":{"zones":["a","b"]}})",
               {theirs(R"({"f:spec":{"f:zones":{"v:\"a\"":{},"v:\"b\"":{}}}})")},
               {"/spec/zones"}},
      OwnedRow{"a map that is replaced whole",
               R"({"spec":{"selector":{"a":"1"}}})",
               R"({"spec":{"selector":{"a":"1","b":"2"}}})",
               {ours(R"({"f:spec":{"f:selector":{}}})")},
               {"/spec/selector"}},
      OwnedRow{"such a map, with what the server fills in",
               R"({"spec":{"fieldRef":{"fieldPath":"x"}}})",
               R"({"spec":{"fieldRef":{"fieldPath":"x","apiVersion":"v1"}}})",
               {ours(R"({"f:spec":{"f:fieldRef":{}}})")},
               {}});
  INFO(row.why);
  Json live = Json::parse(row.live);
  live["metadata"]["managedFields"] = row.owners;
  CHECK(pointers(compare(Json::parse(row.desired), live)) == row.changed);
}

TEST_CASE("a part of the object that another entry owns is not ours") {
  Json live = Json::parse(R"({"a":1,"status":{"b":2}})");
  Json entry = ours(R"({"f:status":{"f:b":{}}})");
  entry["subresource"] = "status";
  live["metadata"]["managedFields"] = Json::array({entry});
  CHECK(compare({{"a", 1}}, live).empty());
}

TEST_CASE("managedFields of any shape are survived") {
  const Json odd = GENERATE(
      Json(7), Json("x"), Json::array({7}), Json::array({nullptr}),
      Json::array({{{"manager", 7}, {"operation", "Apply"}}}),
      Json::array({{{"manager", "kubectl-mesh"}, {"operation", "Apply"}, {"fieldsV1", 7}}}),
      Json::array({{{"manager", "kubectl-mesh"},
                    {"operation", "Apply"},
                    {"fieldsV1", {{"f:a", 7}, {"k:{", Json::object()}, {"v:[", Json::object()}}}}}),
      Json::array({{{"manager", "kubectl-mesh"},
                    {"operation", "Apply"},
                    {"fieldsV1", {{"f:l", {{"k:7", Json::object()}, {"v:", Json::object()}}}}}}}));
  Json live{{"a", 1}, {"l", Json::array({1})}};
  live["metadata"]["managedFields"] = odd;
  CHECK(compare({{"a", 1}, {"l", Json::array({1})}}, live).empty());
}

TEST_CASE("a conflict's path leads to its value, through keys with dots and items of lists") {
  const Json object =
      Json::parse(R"({"data": {"ca-key.pem": "k", "ca": "short"}, "spec": {"ports": [
      {"port": 80, "protocol": "TCP", "name": "a"}, {"port": 80, "protocol": "UDP", "name": "b"}]}})");
  const auto at = [&](const char* path) { return mesh::value_at_field(object, path); };
  CHECK(at(".data.ca-key.pem") == "k");
  CHECK(at(".data.ca") == "short");
  CHECK(at(R"(.spec.ports[port=80,protocol="UDP"].name)") == "b");
  for (const char* path : {".data.c", ".data.ca-key.pem.x", ".spec.ports[port=81].name",
                           ".spec.ports[0].name", ".spec.ports.name", ".spec.ports[port=80", "[",
                           ".", ".spec.ports[port=80,protocol=\"UDP\"].nam"}) {
    CAPTURE(path);
    CHECK(at(path).is_null());
  }
}

TEST_CASE("owned lists with very many items are compared item by item") {
  constexpr int k_items = 50'000;
  Json fields{{"f:ports", Json::object()}, {"f:finalizers", Json::object()}};
  Json live{{"ports", Json::array()}, {"finalizers", Json::array()}};
  for (int item = 0; item < k_items; ++item) {
    const Json key{{"port", item}, {"protocol", "TCP"}};
    fields["f:ports"]["k:" + key.dump()] = {{"f:port", Json::object()}};
    fields["f:finalizers"]["v:" + std::to_string(item)] = Json::object();
    live["ports"].push_back(key);
    live["finalizers"].push_back(item);
  }
  Json desired = live;
  live["metadata"]["managedFields"] = Json::array({owner("kubectl-mesh", "Apply", "{}")});
  live["metadata"]["managedFields"][0]["fieldsV1"] = fields;
  CHECK(pointers(compare(desired, live)).empty());
  desired["ports"].erase(0);
  desired["finalizers"].erase(1);
  CHECK(pointers(compare(desired, live)) == Pointers{"/finalizers/1", "/ports/0"});
}
