#include "cluster_support.hpp"
#include <catch2/catch.hpp>

using mesh::test::one_context;
using mesh::test::OneFile;
using mesh::test::problem_of;

namespace {

struct ErrorRow {
  std::string text, said;
};

}  // namespace

TEST_CASE("a kubeconfig that means nothing, or two things, is refused with its place") {
  const ErrorRow row = GENERATE(
      ErrorRow{"- a\n", "config is not a mapping"}, ErrorRow{"a text\n", "config is not a mapping"},
      ErrorRow{"clusters: {}\n", "has a clusters that is not a list"},
      ErrorRow{"clusters: [c]\n", "config: clusters is not a mapping"},
      ErrorRow{"clusters: [{name: 7}]\n", "clusters has a name that is not a text"},
      ErrorRow{"clusters: [{name: yes}]\n", "clusters has a name that is not a text"},
      ErrorRow{"clusters: [{name: c, cluster: x}]\n", "has a cluster that is not a mapping"},
      ErrorRow{"clusters: [{name: c}, {name: d}, {name: c}]\n", "clusters \"c\" is there twice"},
      ErrorRow{"users: [{name: u}, {name: u}]\n", "users \"u\" is there twice"},
      ErrorRow{"contexts: [{name: a}, {name: a}]\n", "contexts \"a\" is there twice"},
      ErrorRow{"kind: Pod\napiVersion: v1\n", "is a v1 Pod, not a v1 Config"},
      ErrorRow{"kind: Config\napiVersion: v2\n", "is a v2 Config, not a v1 Config"},
      ErrorRow{"current-context: 010\n", "has a current-context that is not a text"},
      ErrorRow{one_context("insecure-skip-tls-verify: 'true'", ""), "is not true or false"},
      ErrorRow{one_context("extensions: [x]", ""), "clusters \"c\".extensions is not a mapping"},
      ErrorRow{one_context("", "token: 12345"), "users \"u\" has a token that is not a text"},
      ErrorRow{one_context("", "exec: login"), "has a exec that is not a mapping"},
      ErrorRow{one_context("", "exec: {args: [1]}"), "has a args that is not a list of texts"},
      ErrorRow{one_context("", "exec: {env: [{value: v}, {name: '', value: v}]}"),
               "users \"u\".exec.env has a name that is empty"},
      ErrorRow{one_context("", "auth-provider: {name: [gcp]}"), "has a name that is not a text"},
      ErrorRow{one_context("", "as-user-extra: {k: v}"), "has a k that is not a list"},
      ErrorRow{one_context("", "as-user-extra: {k: [1]}"), "has a k that is not a list of texts"});
  INFO(row.text);
  const OneFile file(row.text);
  const mesh::Problem problem = problem_of([&] { file.load(); });
  CHECK(problem.code == "invalid-kubeconfig");
  INFO(problem.message);
  CHECK(problem.message.find(row.said) != std::string::npos);
  CHECK(problem.message.starts_with(file.path.string()));
}

TEST_CASE("what YAML itself refuses is told with line and column") {
  const ErrorRow row =
      GENERATE(ErrorRow{"clusters:\n- a: [\n", ":3:1: "},
               ErrorRow{"a: &x 1\nb: *x\n", ":2:4: aliases are not supported"},
               ErrorRow{"current-context: a\ncurrent-context: b\n", ":2:1: key"},
               ErrorRow{"kind: Config\n---\nkind: Config\n", ":2:1: holds more than one"});
  const OneFile file(row.text);
  const mesh::Problem problem = problem_of([&] { file.load(); });
  CHECK(problem.code == "invalid-kubeconfig");
  INFO(problem.message);
  CHECK(problem.message.starts_with(file.path.string() + row.said));
}

TEST_CASE("an impersonation that is set but empty is refused: it would mean oneself") {
  const std::string user =
      GENERATE("as: ''", "as: x, as-uid: ''", "as: x, as-groups: []", "as: x, as-groups: ['']",
               "as: x, as-user-extra: {k: []}", "as: x, as-user-extra: {'': [v]}");
  INFO(user);
  const mesh::Problem problem = problem_of([&] { OneFile(one_context("", user)).load(); });
  CHECK(problem.code == "invalid-kubeconfig");
  CHECK(problem.message.find("is empty") != std::string::npos);
}

TEST_CASE("fields that nobody knows are warnings with a suggestion, not errors") {
  const ErrorRow row = GENERATE(
      ErrorRow{
          "curent-context: a\n",
          " has a field \"curent-context\" that nobody knows; did you mean \"current-context\"?"},
      ErrorRow{one_context("", "tokn: t"),
               ": users \"u\" has a field \"tokn\" that nobody knows; did "
               "you mean \"token\"?"},
      ErrorRow{
          one_context("certificate-authority-date: x", ""),
          ": clusters \"c\" has a field \"certificate-authority-date\" that nobody knows; did you "
          "mean \"certificate-authority-data\"?"},
      ErrorRow{one_context("", "exec: {command: x, frobnicate: 1}"),
               ": users \"u\".exec has a field \"frobnicate\" that nobody knows"},
      ErrorRow{"contexts: [{name: a, context: {}, \"wild\\x1b\": 1}]\n",
               ": contexts has a field \"wild\\x1b\" that nobody knows"});
  const OneFile file(row.text);
  const std::vector<std::string> warnings = file.load().warnings;
  REQUIRE(warnings.size() == 1);
  CHECK(warnings.front() == file.path.string() + row.said);
}

TEST_CASE("what kubectl and cloud tools write is known") {
  const OneFile file(R"(
apiVersion: v1
kind: Config
preferences: {colors: true}
extensions: []
current-context: a
clusters:
- name: c
  cluster:
    server: https://h
    certificate-authority-data: YQ==
    extensions: [{name: cluster_info, extension: {provider: minikube.sigs.k8s.io}}]
    proxy-url: ""
    disable-compression: true
users:
- name: u
  user: {client-certificate-data: YQ==, client-key-data: YQ==, extensions: []}
contexts:
- name: a
  context: {cluster: c, user: u, namespace: ns, extensions: [{name: context_info, extension: {}}]}
)");
  CHECK(file.load().warnings.empty());
}

TEST_CASE("fields that are null are as if they were not there") {
  const OneFile file(
      "clusters: null\nusers: [{name: u, user: {token: ~, exec: , as: null}}]\n"
      "contexts:\n");
  const mesh::Kubeconfig config = file.load();
  CHECK_FALSE(config.users.at("u").exec);
  CHECK(config.contexts.empty());
}
