#include "cluster_support.hpp"
#include <catch2/catch.hpp>

using mesh::test::k_server;
using mesh::test::one_context;
using mesh::test::OneFile;
using mesh::test::problem_of;

namespace {

struct RuleRow {
  std::string cluster, user, said;
};

const std::string k_v1 = "apiVersion: client.authentication.k8s.io/v1";

}  // namespace

TEST_CASE("what client-go refuses is refused before anything is contacted or started") {
  const RuleRow row = GENERATE(
      RuleRow{"", "", "its cluster has no server"},
      RuleRow{"server: h, insecure-skip-tls-verify: true, certificate-authority-data: YWJj", "",
              "both a certificate-authority and insecure-skip-tls-verify are set"},
      RuleRow{"server: h, certificate-authority: none.pem", "",
              "certificate-authority: cannot read"},
      RuleRow{"server: h, certificate-authority-data: '###'", "",
              "certificate-authority: is not base64"},
      RuleRow{"server: h, proxy-url: 'socks5://p:1'", "", "proxy-url is socks5://"},
      RuleRow{"server: h", "token: t, username: jane", "both a token and a user name"},
      RuleRow{"server: h", "tokenFile: t, password: p", "both a token and a user name"},
      RuleRow{"server: h", "client-certificate-data: YWJj", "belong together"},
      RuleRow{"server: h", "client-certificate: none, client-key: none",
              "client-certificate: cannot"},
      RuleRow{"server: h", "as-groups: [dev]", "are impersonated, but no user"},
      RuleRow{"server: h", "as-uid: '7'", "are impersonated, but no user"},
      RuleRow{"server: h", "as-user-extra: {k: [v]}", "are impersonated, but no user"},
      RuleRow{"server: h", "exec: {}", "its exec plugin has no command"},
      RuleRow{"server: h", "exec: {command: x}", "has the apiVersion \"\""},
      RuleRow{"server: h", "exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}",
              "has the apiVersion \"client.authentication.k8s.io/v1alpha1\""},
      RuleRow{"server: h", "exec: {command: x, " + k_v1 + "}", "has the interactiveMode \"\""},
      RuleRow{"server: h", "exec: {command: x, interactiveMode: never, " + k_v1 + "}",
              "has the interactiveMode \"never\""},
      RuleRow{"server: h", "token: \"a\\r\\nX: y\"", "token has a line end"},
      RuleRow{"server: h", "as: \"a\\nImpersonate-Group: system:masters\"",
              "Impersonate-User has a line end"},
      RuleRow{"server: h", "as: a, as-groups: [\"b\\r\"]", "Impersonate-Group has a line end"});
  INFO(row.cluster << " | " << row.user);
  const OneFile file(one_context(row.cluster, row.user));
  const mesh::Problem problem = problem_of([&] { file.access(); });
  CHECK(problem.code == "invalid-kubeconfig");
  INFO(problem.message);
  CHECK(problem.message.starts_with("context \"a\": "));
  CHECK(problem.message.find(row.said) != std::string::npos);
}

TEST_CASE("v1beta1 may leave interactiveMode out, v1 may have each of the three") {
  const std::string exec =
      GENERATE_COPY(as<std::string>{}, "apiVersion: client.authentication.k8s.io/v1beta1",
                    k_v1 + ", interactiveMode: Never", k_v1 + ", interactiveMode: IfAvailable",
                    k_v1 + ", interactiveMode: Always");
  const OneFile file(one_context(k_server, "exec: {command: bin/login, " + exec + "}"));
  CHECK(file.access().endpoint.auth == "exec login");
}

TEST_CASE("a legacy auth-provider is refused with its successor") {
  struct Legacy {
    std::string name, remedy;
  };
  const Legacy row =
      GENERATE(Legacy{"gcp", "gke-gcloud-auth-plugin"}, Legacy{"azure", "kubelogin convert"},
               Legacy{"oidc", "exec plugin"}, Legacy{"", "exec plugin"});
  const OneFile file(one_context(
      k_server, "auth-provider: {name: '" + row.name + "', config: {access-token: canary}}"));
  const mesh::Problem problem = problem_of([&] { file.access(); });
  CHECK(problem.code == "invalid-kubeconfig");
  CHECK(problem.message.find("\"" + (row.name.empty() ? "unnamed" : row.name) + "\"") !=
        std::string::npos);
  CHECK(problem.hint.find(row.remedy) != std::string::npos);
  CHECK((problem.message + problem.hint).find("canary") == std::string::npos);
}

TEST_CASE("a context that is not there, or leads nowhere, is named") {
  const OneFile file("contexts: [{name: a, context: {cluster: gone}}, {name: b, context: {}}]\n");
  CHECK(problem_of([&] { mesh::resolve_access(file.load(), "c", {}); }).code == "unknown-context");
  CHECK(problem_of([&] { file.access(); }).message ==
        "context \"a\" names the cluster \"gone\", which no kubeconfig defines");
  CHECK(problem_of([&] { mesh::resolve_access(file.load(), "b", {}); }).code ==
        "invalid-kubeconfig");
}
