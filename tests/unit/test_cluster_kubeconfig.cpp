#include <sys/stat.h>

#include "cluster_support.hpp"
#include <catch2/catch.hpp>

namespace fs = std::filesystem;
using mesh::Kubeconfig;
using mesh::load_kubeconfig;
using mesh::test::code_of;
using mesh::test::Environment;
using mesh::test::NoEnvironment;
using mesh::test::OneFile;
using mesh::test::problem_of;
using mesh::test::TemporaryFolder;

namespace {

/// Loads what KUBECONFIG names; "%" stands for the folder.
Kubeconfig load_variable(const TemporaryFolder& folder, std::string variable) {
  for (std::size_t at = 0; (at = variable.find('%', at)) != std::string::npos;) {
    variable.replace(at, 1, folder.path().string());
  }
  const NoEnvironment none;
  const Environment kubeconfig("KUBECONFIG", variable.c_str());
  return load_kubeconfig(std::nullopt);
}

constexpr const char* k_first = R"(
current-context: ""
clusters: [{name: c, cluster: {server: "https://first"}}]
users: [{name: u, user: {username: jane}}]
contexts: [{name: b, context: {cluster: c}}, {name: a, context: {cluster: c, user: u}}]
)";
constexpr const char* k_second = R"(
current-context: a
clusters:
- {name: c, cluster: {server: "https://second", tls-server-name: x}}
- {name: d, cluster: {server: "https://d"}}
users: [{name: u, user: {token: t}}]
contexts: [{name: a, context: {namespace: ns}}, {name: z, context: {cluster: d}}]
)";

}  // namespace

TEST_CASE("the first file that names an entry wins the whole entry, fields are not mixed") {
  const TemporaryFolder folder;
  folder.write("1", k_first);
  folder.write("2", k_second);
  const Kubeconfig config = load_variable(folder, "%/1:%/2");
  CHECK(config.clusters.at("c").server == "https://first");
  CHECK(config.clusters.at("c").tls_server_name.empty());
  CHECK(config.clusters.at("d").server == "https://d");
  CHECK(config.users.at("u").username == "jane");
  CHECK(config.users.at("u").token.empty());
  CHECK(config.contexts.at("a").name_space.empty());
  CHECK(config.context_order == std::vector<std::string>{"b", "a", "z"});
  CHECK(config.current_context == "a");  // the first file that sets it to something
  CHECK(load_variable(folder, "%/2:%/1").clusters.at("c").server == "https://second");
}

TEST_CASE("files that are missing, empty names and repetitions are skipped") {
  const TemporaryFolder folder;
  folder.write("1", k_first);
  folder.write("2", k_second);
  fs::create_symlink(folder.path() / "gone", folder.path() / "dangling");
  const std::string variable =
      GENERATE("%/none:%/1:%/2", ":%/1::%/2:", "%/1:%/1:%/2:%/1", "%/dangling:%/1:%/2");
  const Kubeconfig config = load_variable(folder, variable);
  CHECK(config.files == std::vector<fs::path>{folder.path() / "1", folder.path() / "2"});
}

TEST_CASE("files that are there but cannot be used are errors, not skipped") {
  const TemporaryFolder folder;
  folder.write("1", k_first);
  folder.write("bad", "clusters: [");
  const std::string variable = GENERATE("%/1:%/bad", "%:%/1", "%/1/below:%/1");
  const mesh::Problem problem = problem_of([&] { load_variable(folder, variable); });
  CHECK(problem.code == "invalid-kubeconfig");
  CHECK(problem.message.find(folder.path().string()) != std::string::npos);
}

TEST_CASE("a KUBECONFIG of nothing but colons means no file, an empty one the default") {
  const TemporaryFolder folder;
  folder.write(".kube/config", k_first);
  const Environment home("HOME", folder.path().c_str());
  CHECK(load_variable(folder, ":").files.empty());
  CHECK(load_variable(folder, "").files.size() == 1);
}

TEST_CASE("without a KUBECONFIG the file is ~/.kube/config, which need not be there") {
  const TemporaryFolder folder;
  const NoEnvironment none;
  const Environment home("HOME", folder.path().c_str());
  CHECK(load_kubeconfig(std::nullopt).contexts.empty());
  folder.write(".kube/config", k_first);
  CHECK(load_kubeconfig(std::nullopt).contexts.size() == 2);
}

TEST_CASE("a tilde is no home folder") {
  const TemporaryFolder folder;
  folder.write("config", k_first);
  const Environment home("HOME", folder.path().c_str());
  CHECK(load_variable(folder, "~/config").files.empty());
}

TEST_CASE("the file that was named must be there, and is the only one") {
  const TemporaryFolder folder;
  folder.write("1", k_first);
  const NoEnvironment none;
  const Environment variable("KUBECONFIG", (folder.path() / "1").c_str());
  CHECK(load_kubeconfig(folder.write("2", "contexts: [{name: only}]")).context_order ==
        std::vector<std::string>{"only"});
  CHECK(code_of([&] { load_kubeconfig(folder.path() / "none"); }) == "invalid-kubeconfig");
  CHECK(load_kubeconfig("/dev/null").contexts.empty());
}

TEST_CASE("relative paths belong to the file that holds them, not to the working folder") {
  const TemporaryFolder folder;
  folder.write("sub/config",
               "clusters: [{name: c, cluster: {certificate-authority: ca.crt}}]\n"
               "users: [{name: u, user: {client-certificate: ../c.crt, client-key: ./k, "
               "tokenFile: /abs/token, exec: {command: bin/login}}},"
               "{name: v, user: {exec: {command: login}}}]\n");
  const mesh::test::WorkingFolder here(folder.path());
  const fs::path named = GENERATE("sub/config", "./sub/../sub/config");
  const Kubeconfig config = load_kubeconfig(named);
  const std::string base = folder.path().string();
  CHECK(config.clusters.at("c").certificate_authority == base + "/sub/ca.crt");
  CHECK(config.users.at("u").client_certificate == base + "/c.crt");
  CHECK(config.users.at("u").client_key == base + "/sub/k");
  CHECK(config.users.at("u").token_file == "/abs/token");
  CHECK(config.users.at("u").exec->command == base + "/sub/bin/login");
  CHECK(config.users.at("v").exec->command == "login");  // looked up in PATH
}

TEST_CASE("exec plugins are read with everything that they are told") {
  const OneFile file(mesh::test::one_context(
      std::string(mesh::test::k_server) +
          ", extensions: [{name: client.authentication.k8s.io/exec, extension: {a: 1}}]",
      "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: login, args: [a, 'b c'], "
      "env: [{name: K, value: v}], installHint: get it, provideClusterInfo: true, "
      "interactiveMode: Never}"));
  const Kubeconfig config = file.load();
  CHECK(config.warnings.empty());
  const mesh::ExecConfig& exec = *config.users.at("u").exec;
  CHECK(exec.arguments == std::vector<std::string>{"a", "b c"});
  CHECK(exec.environment == std::vector<std::pair<std::string, std::string>>{{"K", "v"}});
  CHECK(exec.install_hint == "get it");
  CHECK(exec.provide_cluster_info);
  CHECK(exec.interactive_mode == "Never");
  CHECK(config.clusters.at("c").exec_extension == R"({"a":1})");
}

TEST_CASE("a kubeconfig may be JSON") {
  const OneFile file(R"({"kind": "Config", "apiVersion": "v1", "contexts":
    [{"name": "a", "context": {"cluster": "c", "namespace": "ns"}}], "current-context": "a"})");
  CHECK(file.load().contexts.at("a").name_space == "ns");
}

TEST_CASE("hundreds of clusters are read") {
  std::string text = "clusters:\n";
  for (int number = 0; number < 600; ++number) {
    text += "- name: c" + std::to_string(number) + "\n  cluster:\n    server: https://h\n" +
            "    certificate-authority-data: " + std::string(2500, 'A') + "\n";
  }
  CHECK(OneFile(text).load().clusters.size() == 600);
}

TEST_CASE("others who can read credentials or change commands are mentioned") {
  struct Row {
    unsigned mode;
    std::string user, said;
  };
  const Row row = GENERATE(Row{0600, "token: t", ""}, Row{0644, "client-certificate: x", ""},
                           Row{0644, "token: t", "holds credentials and can be read by others"},
                           Row{0640, "password: p", "holds credentials and can be read by others"},
                           Row{0620, "client-key: k", "can be written by others"},
                           Row{0666, "token: t", "can be written by others"});
  const OneFile file(mesh::test::one_context("", row.user));
  fs::permissions(file.path, fs::perms(row.mode));
  const std::vector<std::string> warnings = file.load().warnings;
  CHECK(warnings.size() == (row.said.empty() ? 0 : 1));
  if (!row.said.empty()) CHECK(warnings.front().find(row.said) != std::string::npos);
}

TEST_CASE("a file is not blamed for the credentials of another") {
  const TemporaryFolder folder;
  folder.write("1", "users: [{name: u, user: {token: t}}]");
  fs::permissions(folder.write("2", k_first), fs::perms(0644));
  CHECK(load_variable(folder, "%/1:%/2").warnings.empty());
}

TEST_CASE("names for completion come from what can be read, and never fail") {
  const TemporaryFolder folder;
  CHECK(mesh::context_names(folder.write("1", k_first)) == std::vector<std::string>{"b", "a"});
  for (const char* text : {"clusters: [", "contexts: 7", "contexts: [1]", "- x"}) {
    CHECK(mesh::context_names(folder.write("bad", text)).empty());
  }
  CHECK(mesh::context_names(folder.path() / "none").empty());
}
