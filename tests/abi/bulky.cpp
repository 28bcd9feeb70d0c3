// A command that answers as much as it is told: --set count=N --set size=BYTES, in a plan and in a
// list.

#include "mesh/extension.hpp"

namespace {

using mesh::Host;
using mesh::Json;

mesh::Verb verb(const char* name, bool changes) {
  mesh::Verb made;
  made.name = name;
  made.summary = "answers at length";
  made.changes = changes;
  return made;
}

class Bulky : public mesh::ExtensionPoint {
 public:
  mesh::Extension describe() const override {
    mesh::Extension extension;
    extension.point = "command/1";
    extension.name = "bulky";
    extension.verbs = {verb("make", true), verb("show", false)};
    extension.settings = {
        {"type", "object"},
        {"properties", {{"count", {{"type", "integer"}}}, {"size", {{"type", "integer"}}}}}};
    extension.needs.writes = {"v1/ConfigMap"};
    return extension;
  }

  Json invoke(std::string_view verb, const Json& request, const Host&) override {
    const Json& settings = request.at("settings");
    const std::string bulk(settings.at("size").get<std::size_t>(), 'x');
    const auto count = settings.at("count").get<int>();
    return verb == "make" ? plan_of(count, bulk, request.at("clusters")) : list_of(count, bulk);
  }

 private:
  static Json plan_of(int count, const std::string& bulk, const Json& clusters) {
    mesh::Plan plan;
    for (int number = 0; number < count; ++number) {
      mesh::Action action;
      action.type = mesh::ActionType::apply;
      action.cluster = clusters.at(0).get<std::string>();
      action.reason = "bulk";
      action.object = {
          {"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"name", "bulk-" + std::to_string(number)}, {"namespace", "default"}}},
          {"data", {{"bulk", bulk}}}};
      plan.actions.push_back(std::move(action));
    }
    return mesh::to_json(plan);
  }

  static Json list_of(int count, const std::string& bulk) {
    mesh::Report report;
    report.kind = "BulkList";
    for (int number = 0; number < count; ++number)
      report.items.push_back({{"number", number}, {"bulk", bulk}});
    return mesh::to_json(report);
  }
};

}  // namespace

MESH_PLUGIN("bulky", "1.0.0", "answers at length", "the tests", new Bulky)
