#include "mutations.hpp"

#include "plan/diff.hpp"
#include "plan/journal_lines.hpp"
#include "plan/managed_fields.hpp"
#include "plan/object.hpp"
#include "plan/quantity.hpp"

using mesh::Json;
using mesh::test::survives;

namespace {

const std::vector<std::string> k_objects{
    R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","managedFields":[{"manager":"kubectl-mesh","operation":"Apply","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:image":{}}}}}}}}]},"spec":{"template":{"spec":{"containers":[{"name":"c","image":"i","resources":{"limits":{"cpu":"1000m"}}}]}}}})",
    R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"data":{"a":"Yg=="},"stringData":{"c":"d"}})",
    R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"ports":[{"port":80,"protocol":"TCP"},{"port":80,"protocol":"UDP"}]}})"};
const std::vector<std::string> k_lines{
    R"({"type":"before","number":3,"round":0,"phase":1,"cluster":"a","clusterUid":"u","action":"apply","object":{"apiVersion":"v1","kind":"ConfigMap","namespace":"n","name":"c"},"wanted":{"data":{}},"change":"create"})",
    R"({"type":"after","number":3,"changed":true,"uid":"x","adjusted":["/data"]})"};

}  // namespace

TEST_CASE("bytes: an object of a cluster is compared and shown", "[mutations]") {
  survives(k_objects, [](const std::string& bytes) {
    const Json live = mesh::json_or_null(bytes);
    for (const std::string& text : k_objects) {
      const Json desired = Json::parse(text);
      mesh::compare(desired, live);
      mesh::differences(desired, live);
    }
    mesh::redacted(live);
    mesh::without_volatile(live);
    mesh::last_applied(live);
    mesh::field_owners(live);
    mesh::later_manager(live, "/spec/template/spec/containers/0/image");
  });
}

TEST_CASE("bytes: a path out of a conflict", "[mutations]") {
  const Json object = Json::parse(k_objects[0]);
  survives({R"(.spec.containers[name="c"].image)", ".data.ca-key.pem", R"(.webhooks[name="x)"},
           [&](const std::string& bytes) { mesh::value_at_field(object, bytes); });
}

TEST_CASE("bytes: a JSON pointer", "[mutations]") {
  const Json object = Json::parse(k_objects[0]);
  survives({"/spec/template/spec/containers/0", "/metadata/annotations/a~1b", "", "/-", "/~"},
           [&](const std::string& bytes) { mesh::find_at(object, bytes); });
}

TEST_CASE("bytes: a quantity", "[mutations]") {
  survives({"1000m", "1Gi", "1e3", "-5", "0x10", "1E", "nan", "inf"},
           [](const std::string& bytes) { mesh::quantity(bytes); });
}

TEST_CASE("bytes: a line of a journal", "[mutations]") {
  survives(k_lines, [](const std::string& bytes) {
    const Json line = mesh::json_or_null(bytes);
    if (line.is_object()) mesh::entries_of({line, line}, "run");
  });
}
