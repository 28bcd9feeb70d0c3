#include <vector>

#include <catch2/catch.hpp>

#include "kube/request_log.hpp"

using mesh::HttpRequest;
using mesh::Json;
using std::chrono::milliseconds;

namespace {

/// The lines that one request leaves.
std::vector<std::string> lines(int verbosity, const HttpRequest& request, const std::string& answer,
                               int status = 200) {
  std::vector<std::string> said;
  mesh::set_request_log(verbosity, [&](const std::string& line) { said.push_back(line); });
  mesh::log_request("https://h:6443", request, status, answer, milliseconds(12));
  mesh::set_request_log(0, {});
  return said;
}

std::string all(const std::vector<std::string>& said) {
  std::string text;
  for (const std::string& line : said) text += line + "\n";
  return text;
}

HttpRequest request_to(const std::string& target, const std::string& body = {}) {
  return {
      .method = body.empty() ? "GET" : "PATCH", .target = target, .content_type = {}, .body = body};
}

}  // namespace

TEST_CASE("a request is a line from -v 6 on, its bodies stand below from -v 8 on") {
  const HttpRequest request = request_to("/api/v1/pods?limit=1", R"({"a":1})");
  CHECK(lines(5, request, "{}").empty());
  for (const int verbosity : {6, 7}) {
    CHECK(lines(verbosity, request, "{}") ==
          std::vector<std::string>{
              "PATCH https://h:6443/api/v1/pods?limit=1 200 in 12 milliseconds"});
  }
  CHECK(lines(8, request, R"({"b":2})") ==
        std::vector<std::string>{"PATCH https://h:6443/api/v1/pods?limit=1 200 in 12 milliseconds",
                                 "Request Body: {\"a\":1}", "Response Body: {\"b\":2}"});
  CHECK(lines(6, request, "", 0).front().ends_with("no answer in 12 milliseconds"));
}

TEST_CASE("nothing secret is in a body that is logged, wherever it stands") {
  struct Row {
    std::string target, request, response;
  };
  const std::string secret = R"({"apiVersion":"v1","kind":"Secret","data":{"k":"canary"}})";
  const Row row = GENERATE_COPY(
      Row{"/api/v1/namespaces/a/secrets/b?fieldManager=x", secret, secret},
      Row{"/api/v1/namespaces/a/secrets/b",
          R"({"kind":"Secret","apiVersion":"v1","stringData":{"k":"canary"}})", ""},
      Row{"/api/v1/namespaces/a/secrets/b", R"([{"op":"add","path":"/data/k","value":"canary"}])",
          ""},
      Row{"/api/v1/namespaces/a/secrets/b",
          R"([{"op":"replace","path":"/data","value":{"k":"canary"}}])", ""},
      Row{"/api/v1/namespaces/a/secrets/b", R"({"data":"canary"})", R"({"data":["canary"]})"},
      Row{"/api/v1/namespaces/a/secrets?limit=500", "",
          R"({"kind":"SecretList","items":[{"metadata":{"name":"b"},"data":{"k":"canary"}}]})"},
      Row{"/api/v1/secrets", "", R"({"kind":"Table","items":[{"data":{"k":"canary"}}]})"},
      Row{"/api/v1/namespaces/a/pods", "", R"({"kind":"List","items":[)" + secret + "]}"},
      Row{"/api/v1/watch/x", "", R"({"type":"ADDED","object":)" + secret + "}"},
      Row{"/api/v1/namespaces/a/secrets/b", "",
          R"({"kind":"Secret","metadata":{"annotations":)"
          R"({"kubectl.kubernetes.io/last-applied-configuration":"canary"}}})"},
      Row{"/apis/authentication.k8s.io/v1/tokenreviews",
          R"({"kind":"TokenReview","spec":{"token":"canary"}})",
          R"({"status":{"token":"canary"}})"},
      Row{"/x", R"({"kind":"ExecCredential","status":{"token":"canary","clientKeyData":"canary"}})",
          R"({"password":"canary"})"},
      Row{"/x", "not JSON: canary", "{\"cut\": \"canary"});
  INFO(row.target << " " << row.request << row.response);
  const std::string text = all(lines(9, request_to(row.target, row.request), row.response));
  CHECK(text.find("canary") == std::string::npos);
}

TEST_CASE("what is not secret is shown") {
  const std::string text =
      all(lines(8, request_to("/api/v1/namespaces/a/configmaps/b"),
                R"({"kind":"ConfigMap","data":{"Corefile":".:53"},"metadata":{"uid":"7"}})"));
  CHECK(text.find(".:53") != std::string::npos);
  CHECK(all(lines(8, request_to("/api/v1/namespaces/a/secrets/b"),
                  R"({"kind":"Secret","metadata":{"name":"cacerts"},"data":{"root.pem":"x"}})"))
            .find(R"("name":"cacerts")") != std::string::npos);
}

TEST_CASE("schemas, in which kind is no text, are logged like everything else") {
  const std::string schema =
      R"({"properties":{"kind":{"type":"string"},"data":{"type":"object"}}})";
  CHECK(lines(8, request_to("/openapi"), schema).size() == 2);
  CHECK(lines(8, request_to("/x"), R"({"kind":7})").size() == 2);
  CHECK(lines(8, request_to("/x"), R"([[{"kind":null}]])").size() == 2);
}

TEST_CASE("a cluster's text cannot steer the terminal") {
  const std::string text = all(lines(8, request_to("/x"), "{\"a\":\"\\u001b[31m\\u202e\"}"));
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("\u202e") == std::string::npos);
}

TEST_CASE("waits that one would wonder about are always told") {
  std::vector<std::string> said;
  const auto sink = [&](const std::string& line) { said.push_back(line); };
  mesh::set_request_log(0, sink);
  mesh::log_wait("b", milliseconds(999), "HTTP status 503");
  CHECK(said.empty());
  mesh::log_wait("b", milliseconds(5000), "HTTP status 429");
  CHECK(said == std::vector<std::string>{"b: HTTP status 429; trying again in 5000 ms"});
  mesh::set_request_log(6, sink);
  mesh::log_wait("b", milliseconds(200), "HTTP status 503");
  CHECK(said.size() == 2);
  mesh::set_request_log(0, {});
}
