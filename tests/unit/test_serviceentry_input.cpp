#include "unit/schema_support.hpp"
#include "unit/serviceentry_support.hpp"

// Bad input: one clear error each, and nothing is planned.

namespace mesh::serviceentry::test {

namespace {

std::string message_of(Mesh& mesh, const std::string& verb, Json options,
                       Json settings = Json::object()) {
  try {
    const Plan plan = mesh.plan(verb, std::move(options), std::move(settings));
    CHECK(plan.actions.size() + plan.refusals.size() > 0);
    for (const Problem& problem : plan.refusals) CHECK(!problem.hint.empty());
    return words_of(plan);
  } catch (const Failure& failure) {
    CHECK(failure.problem().code == "invalid-input");
    CHECK(!failure.problem().hint.empty());
    return failure.problem().message;
  }
}

std::string of_file(Mesh& mesh, const Json& entry) {
  return message_of(mesh, "sync", Json::object(), {{"exports", {entry}}});
}

}  // namespace

TEST_CASE("serviceentry input: flags") {
  Mesh mesh;
  using Catch::Contains;
  const Json from{{"service", {"default/app1"}}, {"from", "game-agones"}};
  const auto with = [&](const char* key, Json value) {
    Json options = from;
    options[key] = std::move(value);
    return message_of(mesh, "export", options);
  };
  CHECK_THAT(message_of(mesh, "export", Json::object()), Contains("--service is missing"));
  CHECK_THAT(message_of(mesh, "export", {{"service", {"default/app1"}}}),
             Contains("--from is missing"));
  CHECK_THAT(with("service", {"app1"}), Contains("\"app1\" is no Service"));
  CHECK_THAT(with("service", {"default/App_1"}), Contains("is no Service"));
  CHECK_THAT(with("from", "nowhere"), Contains("\"nowhere\" is not one of the mesh"));
  CHECK_THAT(with("service", {"default/nothing"}), Contains("there is no Service default/nothing"));
  CHECK_THAT(with("alias", "app1.elsewhere"), Contains("is no name below .global"));
  CHECK_THAT(with("port", {"grpc"}), Contains("it has no port grpc"));
  CHECK_THAT(with("istio-namespace", "A B"), Contains("is no name of a namespace"));
  CHECK_THAT(with("wait", "soon"), Contains("is not a duration"));
  Json two = from;
  two["service"] = {"default/app1", "default/app2"};
  two["alias"] = "app.global";
  CHECK_THAT(message_of(mesh, "export", two), Contains("--alias is one name"));
  mesh.view.mode = Mode::discovery;
  CHECK_THAT(with("alias", "app.global"), Contains("keeps its own name"));
  CHECK_THAT(with("port", {"http"}), Contains("keeps its own name"));
}

TEST_CASE("serviceentry input: mesh.yaml") {
  Mesh mesh;
  using Catch::Contains;
  CHECK_THAT(of_file(mesh, "app1"), Contains("exports[0] of mesh.yaml is not a mapping"));
  CHECK_THAT(of_file(mesh, {{"cluster", "c1"}}), Contains("lacks service"));
  CHECK_THAT(of_file(mesh, {{"cluster", "c9"}, {"service", "default/app1"}}),
             Contains("\"c9\" is not one of the mesh"));
  CHECK_THAT(of_file(mesh, {{"cluster", "c1"}, {"service", "app1"}}), Contains("is no Service"));
  CHECK_THAT(message_of(mesh, "sync", Json::object(), {{"exports", "app1"}}),
             Contains("is not a list"));
  CHECK_THAT(message_of(mesh, "sync", Json::object(), {{"pool", "240.240.0.0/16"}}),
             Contains("istiod's own"));
  CHECK_THAT(message_of(mesh, "sync", Json::object(), {{"addresses", {{"c1", {"a b"}}}}}),
             Contains("is no address"));
  CHECK_THAT(message_of(mesh, "sync", Json::object(), {{"pin", "maybe"}}),
             Contains("neither true nor false"));
}

TEST_CASE("serviceentry input: services that no gateway can lead to") {
  Mesh mesh;
  using Catch::Contains;
  mesh.add_service("game-agones", "out", Json::array(),
                   {{"type", "ExternalName"}, {"externalName", "example.com"}});
  mesh.add_service("game-agones", "heads", {{{"name", "http"}, {"port", 80}}},
                   {{"clusterIP", "None"}});
  mesh.add_service("game-agones", "udp", {{{"name", "dns"}, {"port", 53}, {"protocol", "UDP"}}});
  const auto named = [&](const char* service) {
    return of_file(mesh, {{"cluster", "c1"}, {"service", service}});
  };
  CHECK_THAT(named("default/out"), Contains("is an ExternalName"));
  CHECK_THAT(named("default/heads"), Contains("is headless"));
  CHECK_THAT(named("default/udp"), Contains("has no TCP port"));
  // By annotation it is a warning: one service's owner stops nobody else.
  for (const char* name : {"out", "heads", "udp"})
    mesh.annotate("game-agones", name, k_export, "true");
  mesh.annotate("game-agones", "app1", k_export, "true");
  const Plan plan = mesh.plan("sync");
  CHECK(plan.refusals.empty());
  CHECK(count(plan, ActionType::apply) == 2);
  CHECK_THAT(words_of(plan),
             Contains("default/out is not exported") && Contains("default/heads is not exported"));
  mesh.annotate("game-agones", "app1", k_export, "yes");
  CHECK_THAT(words_of(mesh.plan("sync")), Contains("says \"yes\", not true or false"));
}

TEST_CASE("serviceentry input: a namespace that is being deleted") {
  Mesh mesh;
  mesh.put("game-agones", {{"apiVersion", "v1"},
                           {"kind", "Namespace"},
                           {"metadata", {{"name", "default"}}},
                           {"status", {{"phase", "Terminating"}}}});
  CHECK_THAT(of_file(mesh, {{"cluster", "c1"}, {"service", "default/app1"}}),
             Catch::Contains("namespace default is being deleted"));
}

TEST_CASE("serviceentry input: two exports with one alias are refused with both names") {
  Mesh mesh;
  mesh.add_service("game-gke", "app1", {{{"name", "http"}, {"port", 8000}}});
  mesh.annotate("game-agones", "app1", k_export, "true");
  mesh.annotate("game-gke", "app1", k_export, "true");
  const Plan plan = mesh.plan("sync");
  CHECK(plan.actions.empty());
  CHECK_THAT(words_of(plan),
             Catch::Contains("default/app1 of game-agones and default/app1 of game-gke"));
  mesh.annotate("game-gke", "app1", k_alias, "app1.gke.global");
  CHECK(count(mesh.plan("sync"), ActionType::apply) == 4);
}

TEST_CASE("serviceentry input: a foreign ServiceEntry of the same host is refused") {
  Mesh mesh;
  mesh.annotate("game-agones", "app1", k_export, "true");
  mesh.put("game-gke", {{"apiVersion", "networking.istio.io/v1"},
                        {"kind", "ServiceEntry"},
                        {"metadata", {{"name", "old"}, {"namespace", "default"}}},
                        {"spec", {{"hosts", {"app1.default.global"}}}}});
  CHECK_THAT(words_of(mesh.plan("sync")),
             Catch::Contains("ServiceEntry default/old has the host app1.default.global already"));
}

TEST_CASE("serviceentry: the documents on the wire are what the schemas want") {
  Mesh mesh;
  mesh.annotate("game-agones", "app1", k_export, "true");
  const Asked asked = asked_of(mesh.request("sync"));
  const Choice choice =
      choose(read_exporters(mesh.host(), asked.mesh, asked.clusters, asked.wishes), asked.wishes,
             asked.mesh);
  const Json request = to_json(exposure_request(asked, choice));
  CHECK(mesh::test::misfit(request, "exposure.json", "/definitions/sync/request").empty());
  CHECK(to_json(exposure_request_from_json(request)) == request);
  CHECK_THROWS_AS(exposure_request_from_json({{"clusters", 1}}), Failure);
  for (const ExtensionPtr& extension : {make_alias(), make_discovery()}) {
    const Extension described = extension->describe();
    CHECK(described.point == "exposure/1");
    CHECK_THROWS_AS(extension->invoke("nothing", request, mesh.host()), Failure);
  }
}

namespace {

/// What a stranger would write.
class CorpStrategy : public ExposureStrategy {
 public:
  Extension describe() const override {
    Extension extension;
    extension.point = "exposure/1";
    extension.name = "corp";
    return extension;
  }
  Plan sync(const ExposureRequest& request, const Host&) override {
    asked = request;
    Plan plan;
    plan.notes.push_back({Severity::info, "", "corp was here"});
    return plan;
  }
  Plan remove(const ExposureRequest&, const Host&) override {
    throw Failure("unsupported", "nothing can be taken away");
  }
  Report list(const ExposureRequest&, const Host&) override {
    Report report;
    report.kind = "CorpList";
    return report;
  }
  ExposureRequest asked;
};

}  // namespace

TEST_CASE("serviceentry: a strategy of somebody else's is one word in mesh.yaml") {
  Mesh mesh;
  auto corp = std::make_unique<CorpStrategy>();
  const CorpStrategy& seen = *corp;
  mesh.extensions["exposure/1:corp"] = std::move(corp);
  mesh.annotate("game-agones", "app1", k_export, "true");
  const Plan plan = mesh.plan("sync", Json::object(), {{"strategy", "corp"}, {"region", "eu"}});
  CHECK_THAT(words_of(plan), Catch::Contains("corp was here"));
  REQUIRE(seen.asked.exports.size() == 1);
  CHECK(seen.asked.exports[0].host == "app1.default.global");
  CHECK(seen.asked.gateways.size() == 2);
  CHECK(seen.asked.settings == Json({{"region", "eu"}}));
  CHECK(list(mesh.request("list", {{"strategy", "corp"}}), mesh.host()).kind == "CorpList");
  // One that cannot say what it left is a warning in a mesh that uses another.
  CHECK_THAT(words_of(mesh.plan("sync")),
             Catch::Contains("whether the strategy corp left something is not known"));
  CHECK_THROWS_AS(mesh.plan("sync", {{"strategy", "nobody"}}), Failure);
}

}  // namespace mesh::serviceentry::test
