#include <functional>
#include <map>

#include "unit/schema_support.hpp"
#include <catch2/catch.hpp>

#include "mesh/extension.hpp"

// What goes over the boundary when the C++ layer calls: both ends, held against the schemas.

namespace mesh {

using test::misfit;

namespace {

/// Stands for the host: remembers what it was asked, answers from `answers`.
struct FakeHost {
  FakeHost() { c_host = {sizeof(mesh_host), MESH_ABI_MINOR, this, call, cancelled, deadline}; }

  static std::int32_t call(void* ctx, mesh_text service, mesh_text verb, mesh_text request,
                           const mesh_sink* reply) {
    auto& self = *static_cast<FakeHost*>(ctx);
    const std::string what =
        std::string(service.ptr, service.len) + " " + std::string(verb.ptr, verb.len);
    const Json document = Json::parse(std::string(request.ptr, request.len));
    self.asked[what] = document;
    const std::string text = to_text(self.answer(what, document));
    return reply->write(reply->ctx, text.data(), text.size());
  }
  static std::int32_t cancelled(void*) { return 0; }
  static std::uint64_t deadline(void*) { return 0; }

  std::function<Json(const std::string&, const Json&)> answer;
  std::map<std::string, Json> asked;
  mesh_host c_host{};
};

const std::string k_pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";

/// Answers with everything that a ca/1 strategy can say.
class Everything : public CaStrategy {
 public:
  Extension describe() const override { return {}; }
  CaRoots roots(const CaRequest& request, const Host&) override {
    folder = request.folder;
    return {.roots = {k_pem}, .signer = k_pem, .next = k_pem, .where = "here"};
  }
  CaIssued issue(const CaIssueRequest& request, const Host&) override {
    CaIssued answer;
    for (const CertificateRequest& entry : request.requests) {
      answer.issued.push_back({entry.cluster, {k_pem, k_pem}});
    }
    answer.roots = {k_pem};
    answer.keep = {{.folder = "/keys", .name = "root.pem", .data = k_pem, .replace = true}};
    return answer;
  }
  CaIssued rotate(const CaIssueRequest& request, const Host& host) override {
    stage = request.stage;
    return issue(request, host);
  }
  std::vector<CaSet> bring(const CaRequest&, const std::vector<std::string>& clusters,
                           const Host&) override {
    return {{.cluster = clusters.at(0),
             .certificate = k_pem,
             .key = k_pem,
             .chain = {k_pem},
             .roots = {k_pem}}};
  }

  std::string folder;
  RotationStage stage = RotationStage::none;
};

std::string ca_misfit(const Json& document, const std::string& verb, const char* side) {
  return misfit(document, "ca.json", "/definitions/" + verb + "/" + side);
}

std::string service_misfit(const Json& document, const std::string& service,
                           const std::string& verb, const char* side) {
  std::string escaped = service;
  escaped.replace(escaped.find('/'), 1, "~1");
  return misfit(document, "services.json", "/definitions/" + escaped + "/" + verb + "/" + side);
}

CaIssueRequest issue_request() {
  CaIssueRequest request;
  request.settings = {{"url", "https://v"}};
  request.folder = "/keys";
  request.requests = {{"a", k_pem}, {"b", k_pem}};
  request.stage = RotationStage::sign;
  return request;
}

}  // namespace

TEST_CASE("ca/1: what the client asks and the strategy answers is what the schema wants") {
  FakeHost fake;
  Everything strategy;
  std::map<std::string, Json> replies;
  fake.answer = [&](const std::string& what, const Json& request) {
    const std::string verb = what.substr(what.find(' ') + 1);
    return replies[verb] = strategy.invoke(verb, request, Host(nullptr));
  };
  const Host host(&fake.c_host);
  const CaClient client("corp", host);
  CHECK(client.roots(issue_request()).where == "here");
  CHECK(strategy.folder == "/keys");
  const CaIssued issued = client.issue(issue_request());
  REQUIRE(issued.issued.size() == 2);
  CHECK(issued.issued[1].cluster == "b");
  CHECK(issued.keep.at(0).replace);
  client.rotate(issue_request());
  CHECK(strategy.stage == RotationStage::sign);
  CHECK(client.bring(issue_request(), {"a"}).at(0).key == k_pem);
  for (const char* verb : {"roots", "issue", "rotate", "bring"}) {
    INFO(verb);
    CHECK(ca_misfit(fake.asked.at(std::string("ca/1:corp ") + verb), verb, "request") == "");
    CHECK(ca_misfit(replies.at(verb), verb, "reply") == "");
  }
}

TEST_CASE("ca/1: documents that are none are refused by the schema") {
  CHECK(ca_misfit({{"roots", {"no PEM"}}}, "roots", "reply") != "");
  CHECK(ca_misfit({{"issued", {{{"cluster", "a"}, {"chain", Json::array()}}}}, {"roots", {k_pem}}},
                  "issue", "reply") != "");
  CHECK(ca_misfit({{"issued", Json::array()}}, "issue", "reply") != "");
  CHECK(ca_misfit({{"stage", "begin"}}, "rotate", "request") != "");
  CHECK(ca_misfit({{"policy", {{"key", "rsa1024"}}}}, "issue", "request") != "");
  CHECK(ca_misfit(Json::object(), "bring", "request") != "");
}

TEST_CASE("ca/1: an answer of another shape is the strategy's fault") {
  FakeHost fake;
  fake.answer = [](const std::string&, const Json&) { return Json{{"roots", 7}}; };
  const Host host(&fake.c_host);
  try {
    CaClient("corp", host).roots({});
    FAIL("nothing was thrown");
  } catch (const Failure& failure) {
    CHECK(failure.problem().code == "plugin-fault");
  }
}

TEST_CASE("services: what a plugin asks is what the schema wants") {
  FakeHost fake;
  fake.answer = [](const std::string& what, const Json&) -> Json {
    if (what == "clock/1 now") return {{"time", "2023-11-14T22:13:20.123Z"}};
    if (what == "random/1 bytes") return {{"bytes", {0, 127, 255}}};
    if (what == "store/1 get") return {{"found", true}, {"data", "PEM"}};
    if (what != "kube.read/1 read") return Json::object();
    return {{"results",
             {{{"found", true}, {"object", {{"kind", "x"}}}},
              {{"found", false},
               {"object", nullptr},
               {"problem", {{"code", "forbidden"}, {"message", "no"}}}}}}};
  };
  const Host host(&fake.c_host);
  CHECK(host.now().time_since_epoch() == std::chrono::milliseconds(1'700'000'000'123));
  CHECK(host.random(3) == std::string("\x00\x7f\xff", 3));
  CHECK(host.stored("", "root.pem") == "PEM");
  host.log("info", "text");
  host.progress("a", "text");
  Read object;
  object.cluster = "a";
  object.object = {.api_version = "v1", .kind = "Secret", .name_space = "n", .name = "x"};
  Read list;
  list.cluster = "b";
  list.object = {.api_version = "apps/v1", .kind = "Deployment", .name_space = {}, .name = {}};
  list.labels = "a=b";
  const std::vector<ReadResult> results = host.read({object, list});
  CHECK(results.at(0).found);
  CHECK(results.at(1).problem->code == "forbidden");

  for (const auto& [what, request] : fake.asked) {
    INFO(what);
    const std::size_t space = what.find(' ');
    const std::string service = what.substr(0, space);
    const std::string verb = what.substr(space + 1);
    CHECK(service_misfit(request, service, verb, "request") == "");
    CHECK(service_misfit(fake.answer(what, request), service, verb, "reply") == "");
  }
  CHECK(fake.asked.size() == 6);
}

TEST_CASE("services: documents that are none are refused by the schema") {
  CHECK(service_misfit({{"count", 1025}}, "random/1", "bytes", "request") != "");
  CHECK(service_misfit({{"name", "a/b"}}, "store/1", "get", "request") != "");
  CHECK(service_misfit({{"level", "fatal"}, {"text", ""}}, "log/1", "write", "request") != "");
  CHECK(service_misfit({{"reads", {{{"cluster", "a"}, {"apiVersion", "v1"}, {"kind", "a/b"}}}}},
                       "kube.read/1", "read", "request") != "");
  CHECK(service_misfit({{"reads", {{{"cluster", "a"}, {"kind", "Pod"}}}}}, "kube.read/1", "read",
                       "request") != "");
}

TEST_CASE("command/1 and check/1: requests are what the schema wants") {
  const Json fitting = {
      {"clusters", {"a"}}, {"options", Json::object()}, {"settings", Json::object()}};
  CHECK(misfit(fitting, "command.json", "/definitions/VERB/request") == "");
  CHECK(misfit(fitting, "check.json", "/definitions/run/request") == "");
  CHECK(misfit({{"clusters", "a"}}, "command.json", "/definitions/VERB/request") != "");
  CHECK(misfit(to_json(Plan{}), "command.json", "/definitions/VERB/reply") == "");
  CHECK(misfit(to_json(report_of({})), "command.json", "/definitions/VERB/reply") == "");
  CHECK(misfit(Json::object(), "command.json", "/definitions/VERB/reply") != "");
}

}  // namespace mesh
