#include "unit/schema_support.hpp"
#include <catch2/catch.hpp>

#include "mesh/documents.hpp"
#include "mesh/overview.hpp"

// Every document struct, written, is what its schema wants; written and read, it is what it was.

namespace mesh {

using test::misfit;

namespace {

Problem full_problem() {
  return {.code = "conflict",
          .message = "it is held",
          .hint = "ask",
          .cluster = "a",
          .object = "Secret n/x",
          .retryable = true};
}

Manifest full_manifest() {
  const Option option{.name = "root-days",
                      .type = OptionType::duration,
                      .value = "DAYS",
                      .help = "how long",
                      .fallback = "10y",
                      .choices = {"1y", "10y"},
                      .repeated = true};
  const Verb verb{.name = "install",
                  .summary = "install it",
                  .details = "At length.",
                  .changes = true,
                  .options = {option},
                  .examples = {{"two clusters", "certs install --contexts a,b"}}};
  const Extension command{
      .point = "command/1",
      .name = "certs",
      .summary = "s",
      .verbs = {verb},
      .abilities = {},
      .lifecycle = {.after = {"pki", "*"}, .before = {"helm"}, .up = "install", .down = "remove"},
      .needs = {.reads = {"v1/Service"},
                .writes = {"*", "networking.istio.io/v1/ServiceEntry"},
                .programs = {"helm"},
                .files = {"~/.token"},
                .network = true,
                .pods = true}};
  const Extension ca{.point = "ca/1",
                     .name = "corp",
                     .summary = "s",
                     .verbs = {},
                     .abilities = {"issue"},
                     .settings = {{"type", "object"}}};
  return {.name = "corp",
          .version = "1.2.3-rc.1",
          .summary = "s",
          .author = "a",
          .provides = {command, ca}};
}

Action action(ActionType type) {
  Action made;
  made.type = type;
  made.cluster = "a";
  made.reason = "because";
  made.phase = 2;
  return made;
}

Plan full_plan() {
  const ObjectRef ref{
      .api_version = "apps/v1", .kind = "Deployment", .name_space = "n", .name = "x"};
  Plan plan;
  plan.title = "all kinds of actions";
  Action store = action(ActionType::store);
  store.cluster.clear();
  store.file = {.folder = "/keys", .name = "root.pem", .data = "PEM", .replace = true};
  Action apply = action(ActionType::apply);
  apply.object = {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", "n"}}}};
  Action edit = action(ActionType::edit);
  edit.target = ref;
  edit.precondition = {{"/data/x", "1"}};
  edit.patch = {{{"op", "remove"}, {"path", "/data/x"}}};
  Action remove = action(ActionType::remove);
  remove.target = ref;
  Action run = action(ActionType::run);
  run.program = "helm";
  run.arguments = {"version"};
  run.input = "a: b";
  run.seconds = 5;
  run.release = {.name = "istiod",
                 .name_space = "istio-system",
                 .chart = "istiod",
                 .repository = "https://charts.example.com",
                 .version = "1.31.0",
                 .value_files = {"/values.yaml"}};
  Action wait = action(ActionType::wait);
  wait.target = ref;
  wait.pointer = "/status/phase";
  wait.value = "Active";
  Action restart = action(ActionType::restart);
  restart.target = ref;
  Action rollout = action(ActionType::wait);
  rollout.target = ref;
  rollout.until = Until::rollout;
  Action prove = action(ActionType::prove);
  prove.extension = "command/1:dns";
  prove.verb = "verify";
  prove.request = {{"clusters", {"a"}}};
  prove.revert = true;
  plan.actions = {store, apply, edit, remove, run, wait, restart, rollout, prove};
  plan.notes = {{Severity::warning, "a", "look"}};
  plan.refusals = {full_problem()};
  plan.next = {"restart it"};
  plan.continues = true;
  return plan;
}

Report full_report() {
  return {.kind = "CertificateList",
          .columns = {{"NAME", "/name", true}},
          .items = {{{"name", "x"}}},
          .notes = {{Severity::info, "", "note"}},
          .problems = {full_problem()},
          .failed = true};
}

Json without(Json document, const std::string& pointer, const char* field) {
  document[Json::json_pointer(pointer)].erase(field);
  return document;
}

Json with(Json document, const std::string& pointer, const Json& value) {
  document[Json::json_pointer(pointer)] = value;
  return document;
}

}  // namespace

TEST_CASE("a Problem is what its schema wants") {
  const Json document = to_json(full_problem());
  CHECK(misfit(document, "problem.json") == "");
  CHECK(to_json(problem_from_json(document)) == document);
  CHECK(misfit(to_json(Problem{
                   .code = "failed", .message = "y", .hint = {}, .cluster = {}, .object = {}}),
               "problem.json") == "");
  CHECK(misfit(without(document, "", "code"), "problem.json") != "");
  CHECK(misfit(with(document, "/message", ""), "problem.json") != "");
  CHECK(misfit(with(document, "/retryable", "yes"), "problem.json") != "");
  CHECK(misfit(with(document, "/code", "vault-down"), "problem.json") != "");
  for (const ProblemCode& code : k_problem_codes)
    CHECK(misfit(with(document, "/code", code.word), "problem.json") == "");
}

TEST_CASE("a Manifest is what its schema wants") {
  const Json document = to_json(full_manifest());
  CHECK(misfit(document, "manifest.json") == "");
  CHECK(to_json(manifest_from_json(document)) == document);
  CHECK(misfit(with(document, "/apiVersion", "kubectl-mesh.dev/v2"), "manifest.json") != "");
  CHECK(misfit(with(document, "/kind", "Plan"), "manifest.json") != "");
  CHECK(misfit(with(document, "/name", "../corp"), "manifest.json") != "");
  CHECK(misfit(with(document, "/version", "1.2"), "manifest.json") != "");
  CHECK(misfit(with(document, "/provides", Json::array()), "manifest.json") != "");
  CHECK(misfit(with(document, "/provides/0/point", "command"), "manifest.json") != "");
  CHECK(misfit(with(document, "/provides/0/verbs/0/name", "Install"), "manifest.json") != "");
  CHECK(misfit(with(document, "/provides/0/verbs/0/options/0/type", "date"), "manifest.json") !=
        "");
  CHECK(misfit(without(document, "/provides/0/verbs/0/examples/0", "command"), "manifest.json") !=
        "");
  CHECK(misfit(with(document, "/provides/0/needs/reads/0", "Service"), "manifest.json") != "");
  CHECK(misfit(with(document, "/provides/0/needs/files/0", "token"), "manifest.json") != "");
  CHECK(misfit(without(document, "", "abi"), "manifest.json") != "");
}

TEST_CASE("a Plan is what its schema wants") {
  const Json document = to_json(full_plan());
  CHECK(misfit(document, "plan.json") == "");
  CHECK(to_json(plan_from_json(document)) == document);
  CHECK(misfit(to_json(Plan{}), "plan.json") == "");
}

TEST_CASE("an action without what its type needs is refused by schema and reader alike") {
  const Json document = to_json(full_plan());
  const std::pair<std::string, const char*> part =
      GENERATE(values<std::pair<std::string, const char*>>({
          {"/actions/0", "file"},
          {"/actions/0", "type"},
          {"/actions/1", "cluster"},
          {"/actions/1", "object"},
          {"/actions/1/object/metadata", "name"},
          {"/actions/2", "target"},
          {"/actions/3", "target"},
          {"/actions/3/target", "name"},
          {"/actions/4", "program"},
          {"/actions/5", "target"},
          {"/actions/6", "target"},
          {"/actions/8", "cluster"},  // it is to revert
      }));
  INFO(part.first << " without " << part.second);
  const Json broken = without(document, part.first, part.second);
  CHECK(misfit(broken, "plan.json") != "");
  CHECK_THROWS_AS(plan_from_json(broken), Failure);
}

TEST_CASE("values of another type in a Plan are refused by schema and reader alike") {
  const Json document = to_json(full_plan());
  const std::pair<std::string, Json> change = GENERATE(values<std::pair<std::string, Json>>({
      {"/actions", "none"},
      {"/actions/0/type", "explode"},
      {"/actions/1/phase", "first"},
      {"/actions/4/arguments", "version"},
      {"/actions/4/seconds", 1.5},
      {"/notes/0/severity", "grave"},
      {"/next", {1}},
      {"/kind", "Plot"},
  }));
  INFO(change.first);
  const Json broken = with(document, change.first, change.second);
  CHECK(misfit(broken, "plan.json") != "");
  CHECK_THROWS_AS(plan_from_json(broken), Failure);
}

TEST_CASE("a Report is what its schema wants") {
  const Json document = to_json(full_report());
  CHECK(misfit(document, "report.json") == "");
  CHECK(to_json(report_from_json(document)) == document);
  CHECK(misfit(with(document, "/items", "x"), "report.json") != "");
  CHECK(misfit(with(document, "/columns/0/pointer", "name"), "report.json") != "");
  CHECK(misfit(with(document, "/failed", 1), "report.json") != "");
  CHECK(misfit(without(document, "", "kind"), "report.json") != "");
}

TEST_CASE("findings are a Report, and what a check answers") {
  const Report report = report_of({{.id = "certs/chain-verifies",
                                    .cluster = "a",
                                    .title = "it does",
                                    .evidence = {},
                                    .fix = {}},
                                   {.id = "certs/dates",
                                    .cluster = "b",
                                    .severity = Severity::failure,
                                    .title = "it is valid",
                                    .evidence = "expired",
                                    .fix = "kubectl mesh certs rotate"}});
  CHECK(report.failed);
  const Json document = to_json(report);
  CHECK(misfit(document, "report.json") == "");
  CHECK(misfit(document, "check.json", "/definitions/run/reply") == "");
  CHECK(misfit(without(document, "/items/0", "id"), "check.json", "/definitions/run/reply") != "");
}

TEST_CASE("unknown fields are ignored by schema and reader alike") {
  Json document = to_json(full_plan());
  document["later"] = {{"any", "thing"}};
  document["actions"][1]["later"] = 7;
  CHECK(misfit(document, "plan.json") == "");
  CHECK(to_json(plan_from_json(document)) == to_json(full_plan()));
}

TEST_CASE("the schema of a manifest refuses reserved names") {
  const Json manifest = to_json(full_manifest());
  REQUIRE(misfit(manifest, "manifest.json") == "");
  CHECK(misfit(with(manifest, "/provides/0/name", "plan"), "manifest.json") != "");
  CHECK(misfit(with(manifest, "/provides/1/name", "plan"), "manifest.json") == "");
  CHECK(misfit(with(manifest, "/provides/0/verbs/0/options/0/name", "token"), "manifest.json") !=
        "");
  const Json own{{"properties", {{"server", Json::object()}}}};
  const Json taken{{"properties", {{"validity", Json::object()}}}};
  CHECK(misfit(with(manifest, "/provides/1/settings", own), "manifest.json") == "");
  CHECK(misfit(with(manifest, "/provides/1/settings", taken), "manifest.json") != "");
}

namespace {

class TestOverview : public Overview {
 public:
  Extension describe() const override { return {}; }
  Detected detect(const OverviewRequest& request, const Host&) override {
    return {.settings = request.settings,
            .comments = {{"", "said"}},
            .notes = {},
            .problems = {},
            .skip = true};
  }
  StatusTable status(const OverviewRequest&, const Host&) override {
    return {.columns = {{"CA", "/ca/name"}},
            .rows = {{{"cluster", "a"}, {"ca", {{"name", "x"}}}, {"later", 7}}},
            .problems = {full_problem()}};
  }
};

/// The fields of a document that its schema does not have.
std::vector<std::string> beyond(const Json& document, const std::string& definition) {
  const Json& properties = test::schema_file("overview.json")
                               .at(Json::json_pointer("/definitions/" + definition))
                               .at("reply")
                               .at("properties");
  std::vector<std::string> names;
  for (const auto& field : document.items()) {
    if (!properties.contains(field.key())) names.push_back(field.key());
  }
  return names;
}

}  // namespace

TEST_CASE("an overview has the fields of its schema and no others, and its rows are open") {
  const Host host(nullptr);
  const Json request{{"clusters", {"a"}}, {"settings", {{"b", 2}}}};
  TestOverview overview;
  const Json detected = overview.invoke("detect", request, host);
  CHECK(misfit(detected, "overview.json", "/definitions/detect/reply") == "");
  CHECK(beyond(detected, "detect").empty());
  CHECK(detected_from_json(detected).settings == request["settings"]);
  const Json status = overview.invoke("status", request, host);
  CHECK(misfit(status, "overview.json", "/definitions/status/reply") == "");
  CHECK(beyond(status, "status").empty());
  CHECK(misfit(without(status, "/rows/0", "cluster"), "overview.json",
               "/definitions/status/reply") != "");
  const StatusTable table = status_table_from_json(status);
  CHECK(table.rows.at(0).at(Json::json_pointer(table.columns.at(0).pointer)) == "x");
  CHECK(table.rows.at(0).at("later") == 7);
}

}  // namespace mesh
