// A command whose plans a test gives it, one per round: --set plans='[{...}, {...}]'.

#include "mesh/extension.hpp"

namespace {

using mesh::Host;
using mesh::Json;

class Rounds : public mesh::ExtensionPoint {
 public:
  mesh::Extension describe() const override {
    mesh::Extension extension;
    extension.point = "command/1";
    extension.name = "rounds";
    mesh::Verb verb;
    verb.name = "go";
    verb.summary = "carries the plans out";
    verb.changes = true;
    extension.verbs = {verb};
    extension.settings = {{"type", "object"}, {"properties", {{"plans", {{"type", "string"}}}}}};
    extension.needs.writes = {"v1/ConfigMap", "v1/Secret", "v1/Namespace"};
    extension.needs.programs = {"true"};
    return extension;
  }

  Json invoke(std::string_view, const Json& request, const Host&) override {
    const Json plans =
        mesh::parse_json(request.at("settings").at("plans").get<std::string>(), "plans");
    const Json& plan = plans.at(std::min(m_round, plans.size() - 1));
    m_round += 1;
    return plan;
  }

 private:
  std::size_t m_round = 0;
};

}  // namespace

MESH_PLUGIN("rounds", "1.0.0", "plans in rounds", "the tests", new Rounds)
