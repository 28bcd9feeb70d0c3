#include <algorithm>

#include "plan_support.hpp"
#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "mesh/base64.hpp"

using mesh::compare;
using mesh::Json;
using mesh::test::pointers;
using mesh::test::secret;
using Pointers = std::vector<std::string>;

namespace {

struct CompareRow {
  const char* desired;
  const char* live;
  Pointers changed;
};

Pointers changed(const char* desired, const char* live) {
  return pointers(compare(Json::parse(desired), Json::parse(live)));
}

}  // namespace

// Live objects here have no managedFields: what the table of lists and common sense say.

TEST_CASE("only what is wanted and different is a change, in a stable order") {
  const CompareRow row = GENERATE(
      CompareRow{R"({"a":1})", R"({"a":1})", {}}, CompareRow{R"({"a":1})", R"({"a":1,"b":2})", {}},
      CompareRow{R"({"a":1})", R"({"a":1.0})", {}},
      CompareRow{R"({"a":1})", R"({"a":"1"})", {"/a"}}, CompareRow{R"({"a":1})", R"({})", {"/a"}},
      CompareRow{R"({"b":1,"a":1})", R"({"a":2})", {"/a", "/b"}},
      CompareRow{R"({"a":{"b":{"c":1}}})", R"({"a":{"b":{"c":2,"d":3}}})", {"/a/b/c"}},
      CompareRow{R"({"a":{"b":1}})", R"({"a":7})", {"/a"}},
      CompareRow{R"({"a":null})", R"({})", {}}, CompareRow{R"({"a":null})", R"({"a":1})", {"/a"}},
      CompareRow{R"({"x/y~z":1})", R"({"x/y~z":2})", {"/x~1y~0z"}},
      CompareRow{R"({"a":true})", R"({"a":"true"})", {"/a"}});
  INFO(row.desired << " over " << row.live);
  CHECK(changed(row.desired, row.live) == row.changed);
}

TEST_CASE("maps that the server does not keep empty are no change, others are") {
  CHECK(changed(R"({"metadata":{"labels":{},"annotations":{}},"data":{}})", R"({"metadata":{}})")
            .empty());
  CHECK(changed(R"({"spec":{"emptyDir":{}}})", R"({"spec":{}})") == Pointers{"/spec/emptyDir"});
}

TEST_CASE("lists that are merged by a key are compared item by item") {
  const CompareRow row = GENERATE(
      CompareRow{R"({"containers":[{"name":"b","image":"x"}]})",
                 R"({"containers":[{"name":"a"},{"name":"b","image":"x","tty":false}]})",
                 {}},
      CompareRow{R"({"containers":[{"name":"b","image":"x"}]})",
                 R"({"containers":[{"name":"b","image":"y"}]})",
                 {"/containers/0/image"}},
      CompareRow{R"({"containers":[{"name":"c"}]})",
                 R"({"containers":[{"name":"b"}]})",
                 {"/containers/0"}},
      CompareRow{R"({"env":[{"name":"A","value":"1"},{"name":"B","value":"2"}]})",
                 R"({"env":[{"name":"B","value":"3"},{"name":"A","value":"1"}]})",
                 {"/env/0/value"}},
      CompareRow{
          R"({"ports":[{"port":443,"name":"tls"}]})",
          R"({"ports":[{"port":443,"name":"tls","protocol":"TCP","targetPort":443,"nodePort":31}]})",
          {}},
      CompareRow{R"({"ports":[{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}]})",
                 R"({"ports":[{"port":53,"protocol":"TCP"},{"port":53,"protocol":"UDP"}]})",
                 {}},
      CompareRow{R"({"ports":[{"port":53,"protocol":"UDP"}]})",
                 R"({"ports":[{"port":53}]})",
                 {"/ports/0"}},
      CompareRow{R"({"ports":[{"containerPort":80}]})",
                 R"({"ports":[{"containerPort":80,"protocol":"TCP"}]})",
                 {}});
  INFO(row.desired << " over " << row.live);
  CHECK(changed(row.desired, row.live) == row.changed);
}

TEST_CASE("other lists are replaced whole, but for what the server fills in") {
  const CompareRow row =
      GENERATE(CompareRow{R"({"hosts":["a","b"]})", R"({"hosts":["a","b"]})", {}},
               CompareRow{R"({"hosts":["a","b"]})", R"({"hosts":["b","a"]})", {"/hosts"}},
               CompareRow{R"({"hosts":["a"]})", R"({"hosts":["a","b"]})", {"/hosts"}},
               CompareRow{R"({"hosts":[]})", R"({"hosts":["a"]})", {"/hosts"}},
               CompareRow{R"({"servers":[{"port":{"number":1}}]})",
                          R"({"servers":[{"port":{"number":1},"tls":{"mode":"PASSTHROUGH"}}]})",
                          {"/servers"}},
               CompareRow{R"({"rules":[{"ports":[{"port":1}]}]})",
                          R"({"rules":[{"ports":[{"port":1,"protocol":"TCP"}]}]})",
                          {}},
               CompareRow{R"({"rules":[{"ports":[{"port":1}]}]})",
                          R"({"rules":[{"ports":[{"port":1,"protocol":"UDP"}]}]})",
                          {"/rules"}},
               CompareRow{R"({"ports":[{"number":1,"name":"a"}]})",
                          R"({"ports":[{"number":1,"name":"a","x":1}]})",
                          {"/ports"}});
  INFO(row.desired << " over " << row.live);
  CHECK(changed(row.desired, row.live) == row.changed);
}

TEST_CASE("quantities are compared as numbers where they are quantities") {
  struct Quantities {
    Json desired, live;
    bool equal;
  };
  const Quantities row = GENERATE(
      Quantities{"500m", "0.5", true}, Quantities{"1000m", "1", true},
      Quantities{"1024Mi", "1Gi", true}, Quantities{"1e3", "1k", true}, Quantities{2, "2", true},
      Quantities{0.5, "500m", true}, Quantities{"1G", "1Gi", false},
      Quantities{"100m", "101m", false}, Quantities{"x", "y", false}, Quantities{"1 ", "1", false},
      Quantities{"1E", "1000P", true}, Quantities{"-1", "1", false}, Quantities{"", "0", false});
  for (const char* place : {"limits", "requests"}) {
    const Json desired{{"resources", {{place, {{"cpu", row.desired}}}}}};
    const Json live{{"resources", {{place, {{"cpu", row.live}}}}}};
    INFO(desired << " over " << live);
    CHECK(compare(desired, live).empty() == row.equal);
  }
  CHECK(compare({{"data", {{"cpu", "500m"}}}}, {{"data", {{"cpu", "0.5"}}}}).size() == 1);
}

TEST_CASE("a Secret is compared as it is stored, and shown as fingerprints") {
  const Json live = secret("s", {{"a", mesh::base64_encode("old")}});
  Json wanted = secret("s", {});
  wanted.erase("data");
  wanted["stringData"] = {{"a", "old"}};
  CHECK(compare(wanted, live).empty());
  wanted["stringData"]["a"] = "new";
  const auto changes = compare(wanted, live);
  CHECK(pointers(changes) == Pointers{"/data/a"});
  CHECK(changes.front().before.get<std::string>().starts_with("sha256:"));
  CHECK(changes.front().after != changes.front().before);
  Json bare = live;
  bare.erase("data");
  const std::string text = compare(wanted, bare).front().after.get<std::string>();
  CHECK(text.starts_with("sha256:"));  // the whole map at once
}

TEST_CASE("a Secret of a plugin that is no Secret is the plugin's fault") {
  const Json data =
      GENERATE(Json{{"a", 7}}, Json{{"a", nullptr}}, Json{{"a", {{"b", "c"}}}}, Json("x"));
  Json wanted = secret("s", {{"b", "YQ=="}});
  wanted["stringData"] = data;
  CHECK(mesh::test::code_of([&] { compare(wanted, secret("s", {})); }) == "invalid-document");
}

TEST_CASE("what a patch does is seen in both directions") {
  const Json before = Json::parse(R"({"a":1,"b":{"c":2,"d":3},"l":[1,2],"m":[1]})");
  const Json after = Json::parse(R"({"a":1,"b":{"c":4},"l":[1,3],"m":[1,2],"n":5})");
  CHECK(pointers(mesh::differences(before, after)) == Pointers{"/b/c", "/b/d", "/l/1", "/m", "/n"});
  CHECK(mesh::differences(before, before).empty());
  const auto hidden = mesh::differences(secret("s", {{"a", "b2xk"}}), secret("s", {}));
  CHECK(hidden.front().before.get<std::string>().starts_with("sha256:"));
}

TEST_CASE("an empty environment variable is one without a value; an empty label is a label") {
  const auto deployment = [](const char* item) {
    return Json{{"apiVersion", "apps/v1"},
                {"kind", "Deployment"},
                {"spec", {{"env", {Json::parse(item)}}}}};
  };
  CHECK(compare(deployment(R"({"name":"A","value":""})"), deployment(R"({"name":"A"})")).empty());
  CHECK(compare(deployment(R"({"name":"A","value":"x"})"), deployment(R"({"name":"A"})")).size() ==
        1);
  CHECK(compare(Json{{"metadata", {{"labels", {{"a", ""}}}}}},
                Json{{"metadata", {{"labels", Json::object()}}}})
            .size() == 1);
}

// Each pair compared, as many as these would not come to an end.
TEST_CASE("lists with very many items are compared item by item") {
  constexpr int k_items = 100'000;
  Json desired{{"env", Json::array()}, {"ports", Json::array()}};
  for (int item = 0; item < k_items; ++item) {
    desired["env"].push_back({{"name", "n" + std::to_string(item)}, {"value", "v"}});
    desired["ports"].push_back({{"port", item}});
  }
  Json live = desired;
  std::reverse(live["env"].begin(), live["env"].end());
  std::reverse(live["ports"].begin(), live["ports"].end());
  CHECK(pointers(compare(desired, live)).empty());
  live["env"][1]["value"] = "other";
  live["ports"].erase(0);
  CHECK(pointers(compare(desired, live)) ==
        Pointers{"/env/1/value", "/ports/" + std::to_string(k_items - 1)});
}
