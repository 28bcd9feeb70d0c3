#include <fstream>

#include "unit/folder_support.hpp"
#include "unit/plugin_support.hpp"

#include "plugin/recording.hpp"

namespace mesh {

using test::problem_of;

namespace {

Json answer(std::string_view service, std::string_view, const Json& request) {
  if (service == "gone/1") throw Failure("not-found", "nothing is there");
  if (service == "store/1") return {{"found", true}, {"data", "canary"}};
  if (service == "operator/1") return {{"answer", "canary"}};
  if (service == "random/1") return {{"bytes", {113, 114}}};
  if (service == "ca/1:x") {
    return {{"sets", {{{"key", "-----BEGIN PRIVATE KEY-----\ncanary"}, {"roots", {"a root"}}}}},
            {"keep", {{{"name", "a"}, {"data", "canary"}}}}};
  }
  const std::string kind = request.value("kind", std::string("ConfigMap"));
  return {{"items", {{{"kind", kind}, {"data", {{"k", "canary"}}}}}}};
}

class Recorded {
 public:
  Json ask(const std::string& service, const Json& request) {
    return recorded("mine", answer)(service, "get", request);
  }
  std::string text() const { return test::content(m_folder.path() / "run.jsonl"); }
  Json line(std::size_t number) const {
    std::ifstream in(m_folder.path() / "run.jsonl");
    std::string line;
    for (std::size_t at = 0; at <= number; ++at) REQUIRE(std::getline(in, line));
    return Json::parse(line);
  }

 private:
  test::TemporaryFolder m_folder;
  test::Environment m_file{"KUBECTL_MESH_RECORD", (m_folder.path() / "run.jsonl").c_str()};
};

}  // namespace

TEST_CASE("what a plugin asked and was told is a line each") {
  Recorded run;
  CHECK(run.ask("kube.read/1", {{"a", 1}}).at("items").size() == 1);
  CHECK(problem_of([&] { run.ask("gone/1", Json::object()); }).code == "not-found");
  CHECK(run.line(0) ==
        Json::parse(R"({"by":"mine","to":"kube.read/1","verb":"get","request":{"a":1},)"
                    R"("reply":{"items":[{"kind":"ConfigMap","data":{"k":"canary"}}]}})"));
  CHECK(run.line(1).at("problem").at("code") == "not-found");
  CHECK_FALSE(run.line(1).contains("reply"));
}

TEST_CASE("nothing secret is recorded, and the plugin gets it all the same") {
  Recorded run;
  CHECK(run.ask("store/1", Json::object()).at("data") == "canary");
  CHECK(run.ask("operator/1", Json::object()).at("answer") == "canary");
  CHECK(run.ask("random/1", Json::object()).at("bytes") == Json{113, 114});
  run.ask("kube.read/1", {{"kind", "Secret"}});
  run.ask("kube.read/1", {{"reads", {{{"kind", "Secret"}}}}});
  run.ask("ca/1:x", {{"target", {{"kind", "Secret"}}}, {"precondition", {{"/data/k", "canary"}}}});
  run.ask("dns/1:x", {{"kind", "SecretList"}, {"token", "canary"}});
  CHECK(run.text().find("canary") == std::string::npos);
  CHECK(run.text().find("113") == std::string::npos);
  CHECK(run.line(0).at("reply") == Json::parse(R"({"found":true,"data":"<masked>"})"));
  CHECK(run.text().find("a root") != std::string::npos);
}

TEST_CASE("without the variable nothing is recorded; a file that cannot be written ends the call") {
  CHECK(recorded("mine", answer)("kube.read/1", "get", Json::object()).contains("items"));
  const test::Environment nowhere("KUBECTL_MESH_RECORD", "/nowhere/run.jsonl");
  const Problem problem =
      problem_of([] { recorded("mine", answer)("kube.read/1", "get", Json::object()); });
  CHECK(problem.message == "/nowhere/run.jsonl cannot be written to: No such file or directory");
}

}  // namespace mesh
