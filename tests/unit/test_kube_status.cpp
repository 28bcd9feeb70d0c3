#include "folder_support.hpp"
#include <catch2/catch.hpp>

#include "kube/status.hpp"

using mesh::ConflictFailure;
using mesh::HttpResponse;
using mesh::Json;
using mesh::Problem;

namespace {

Problem problem_for(int status, const std::string& body) {
  return mesh::test::problem_of([&] {
    mesh::throw_status({.status = status, .body = body, .headers = {}}, "b",
                       "apply Secret istio-system/cacerts", "Secret istio-system/cacerts");
  });
}

std::string said(const std::string& message) {
  return Json{{"kind", "Status"}, {"message", message}}.dump();
}

}  // namespace

TEST_CASE("an answer is a problem of its status, with cluster and object") {
  struct Row {
    int status;
    const char* code;
    bool retryable;
  };
  const Row row = GENERATE(
      Row{400, "rejected", false}, Row{401, "unauthorized", false}, Row{403, "forbidden", false},
      Row{404, "missing", false}, Row{405, "rejected", false}, Row{409, "precondition", false},
      Row{413, "rejected", false}, Row{422, "rejected", false}, Row{429, "throttled", true},
      Row{418, "server-error", false}, Row{500, "server-error", true},
      Row{503, "server-error", true}, Row{599, "server-error", true});
  const Problem problem = problem_for(row.status, said("the reason"));
  CHECK(problem.code == row.code);
  CHECK(problem.retryable == row.retryable);
  CHECK(problem.message == "b: cannot apply Secret istio-system/cacerts: the reason");
  CHECK(problem.cluster == "b");
  CHECK(problem.object == "Secret istio-system/cacerts");
}

TEST_CASE("bodies may be anything, and what cannot be read is the status") {
  struct Row {
    std::string body, words;
  };
  const Row row = GENERATE(
      Row{"", "HTTP status 503"},
      Row{"apiserver is shutting down.\nmore", "apiserver is shutting down."},
      Row{"Too many requests, please try again later.\r\n",
          "Too many requests, please try again later."},
      Row{"<html><body>502 Bad Gateway</body></html>", "HTTP status 503"},
      Row{"upstream <b>error</b>", "HTTP status 503"},
      Row{R"({"kind":"Status","message":"cut o)", R"({"kind":"Status","message":"cut o)"},
      Row{"[]", "HTTP status 503"}, Row{"null", "HTTP status 503"}, Row{"7", "HTTP status 503"},
      Row{R"({"message": 7})", "HTTP status 503"}, Row{R"({"message": null})", "HTTP status 503"},
      Row{R"({"message": ["x"]})", "HTTP status 503"}, Row{"\x1b[31mred", "\\x1b[31mred"},
      Row{said("evil\x1b]0;x\x07"), "evil\\x1b]0;x\\x07"}, Row{"\xff\xfe", "\\xff\\xfe"},
      Row{said(std::string(5000, 'x')), std::string(1000, 'x')},
      Row{std::string(5000, 'x'), std::string(300, 'x')});
  CHECK(problem_for(503, row.body).message ==
        "b: cannot apply Secret istio-system/cacerts: " + row.words);
}

TEST_CASE("details of any shape are looked at without stumbling") {
  const std::string details =
      GENERATE("7", "null", "[]", "\"x\"", R"({"causes": 7})", R"({"causes": {"a": 1}})",
               R"({"causes": [7, null, "x", []]})", R"({"causes": [{"reason": 7}]})",
               R"({"causes": [{"reason": "FieldValueInvalid", "message": "\"a\""}]})");
  const Problem problem = problem_for(409, R"({"message": "m", "details": )" + details + "}");
  CHECK(problem.code == "precondition");
}

TEST_CASE("a conflict names who holds each field") {
  const std::string body = R"({"kind": "Status", "message": "Apply failed with 2 conflicts",
    "reason": "Conflict", "details": {"causes": [
      {"reason": "FieldManagerConflict", "message": "conflict with \"eks\u001b\" using v1",
       "field": ".data.Corefile"},
      {"reason": "FieldManagerConflict", "message": "conflict with nobody", "field": 7},
      {"reason": "Other", "message": "conflict with \"x\"", "field": ".x"}]}})";
  try {
    mesh::throw_status({.status = 409, .body = body, .headers = {}}, "b", "apply X", "X");
  } catch (const ConflictFailure& conflict) {
    CHECK(conflict.problem().code == "conflict");
    REQUIRE(conflict.conflicts().size() == 2);
    CHECK(conflict.conflicts()[0].manager == "eks\\x1b");
    CHECK(conflict.conflicts()[0].field == ".data.Corefile");
    CHECK(conflict.conflicts()[1].manager == "conflict with nobody");
    CHECK(conflict.conflicts()[1].field.empty());
    return;
  }
  FAIL("no conflict was thrown");
}

TEST_CASE("a 403 that no right would help against says what would") {
  struct Row {
    std::string message, code, hint;
  };
  const Row row = GENERATE(
      Row{R"(secrets is forbidden: User "jane" cannot create resource "secrets")", "forbidden",
          "ask for that right"},
      Row{"", "forbidden", "ask for that right"},
      Row{"secrets \"x\" is forbidden: unable to create new content in namespace a because it is "
          "being terminated",
          "rejected", "wait until the namespace is gone"},
      Row{"pods \"x\" is forbidden: exceeded quota: small", "rejected", "quota"},
      Row{"admission webhook \"w.example\" denied the request: no", "rejected", "webhook"},
      Row{"pods \"x\" is forbidden: ValidatingAdmissionPolicy 'p' denied request", "rejected",
          "policy"},
      Row{"pods \"x\" is forbidden: violates PodSecurity \"restricted\"", "rejected", "labels"});
  const Problem problem = problem_for(403, said(row.message));
  CHECK(problem.code == row.code);
  CHECK(problem.hint.find(row.hint) != std::string::npos);
}
