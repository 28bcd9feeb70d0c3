#include <array>
#include <cstdio>
#include <iostream>
#include <sys/wait.h>

#include "cluster_support.hpp"
#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "mesh/base64.hpp"
#include "mesh/json.hpp"

// kubectl itself as the judge of what a kubeconfig means. It needs no cluster for that.

namespace fs = std::filesystem;
using mesh::Json;
using mesh::Kubeconfig;
using mesh::load_kubeconfig;
using mesh::test::Environment;
using mesh::test::NoEnvironment;
using mesh::test::TemporaryFolder;

namespace {

struct Answer {
  int status = 0;
  std::string text;
};

Answer kubectl(const std::string& arguments) {
  FILE* pipe = ::popen(("kubectl " + arguments + " 2>&1 </dev/null").c_str(), "r");
  REQUIRE(pipe != nullptr);
  Answer answer;
  std::array<char, 4096> piece{};
  while (std::fgets(piece.data(), piece.size(), pipe) != nullptr) answer.text += piece.data();
  answer.status = WEXITSTATUS(::pclose(pipe));
  return answer;
}

bool no_kubectl() {
  static const bool missing = kubectl("version --client").status != 0;
  if (missing) WARN("SKIPPED: there is no kubectl to compare with");
  return missing;
}

/// What we make of the files, in the form of `kubectl config view --raw --flatten -o json`: where a
/// path leads is seen from what is there.
Json view_of(const Kubeconfig& config) {
  Json view{{"current-context", config.current_context}};
  const auto put = [](Json& into, const char* name, const std::string& value) {
    if (!value.empty()) into[name] = value;
  };
  const auto put_file = [](Json& into, const char* name, const std::string& path) {
    if (!path.empty()) into[name] = mesh::base64_encode(mesh::test::content(path));
  };
  for (const auto& [name, cluster] : config.clusters) {
    Json& entry = view["clusters"][name] = Json::object();
    put(entry, "server", cluster.server);
    put(entry, "tls-server-name", cluster.tls_server_name);
    put_file(entry, "certificate-authority-data", cluster.certificate_authority);
    put(entry, "certificate-authority-data", cluster.certificate_authority_data);
    put(entry, "proxy-url", cluster.proxy_url);
    if (cluster.insecure_skip_tls_verify) entry["insecure-skip-tls-verify"] = true;
    if (cluster.disable_compression) entry["disable-compression"] = true;
  }
  for (const auto& [name, user] : config.users) {
    Json& entry = view["users"][name] = Json::object();
    put_file(entry, "client-certificate-data", user.client_certificate);
    put(entry, "client-certificate-data", user.client_certificate_data);
    put_file(entry, "client-key-data", user.client_key);
    put(entry, "client-key-data", user.client_key_data);
    put(entry, "token", user.token);
    put(entry, "tokenFile", user.token_file);
    put(entry, "username", user.username);
    put(entry, "password", user.password);
    put(entry, "as", user.impersonate);
    put(entry, "as-uid", user.impersonate_uid);
    if (!user.impersonate_groups.empty()) entry["as-groups"] = user.impersonate_groups;
    if (!user.impersonate_extra.empty()) entry["as-user-extra"] = user.impersonate_extra;
    if (user.exec) put(entry, "exec", fs::path(user.exec->command).filename());
  }
  for (const auto& [name, context] : config.contexts) {
    Json& entry = view["contexts"][name] = Json::object();
    put(entry, "cluster", context.cluster);
    put(entry, "user", context.user);
    put(entry, "namespace", context.name_space);
  }
  return view;
}

/// The same out of kubectl's answer.
Json view_of(const Json& answer) {
  Json view{{"current-context", answer.value("current-context", "")}};
  for (const auto& [section, member] :
       {std::pair{"clusters", "cluster"}, std::pair{"users", "user"},
        std::pair{"contexts", "context"}}) {
    if (!answer.contains(section) || !answer[section].is_array()) continue;
    for (const Json& item : answer[section]) {
      Json& entry = view[section][item["name"].get<std::string>()] = item[member];
      if (entry.is_null()) entry = Json::object();
      if (entry.contains("exec")) {
        entry["exec"] = fs::path(entry["exec"]["command"].get<std::string>()).filename();
      }
      // kubectl prints some fields even if they are empty.
      for (auto field = entry.begin(); field != entry.end();) {
        field = *field == "" ? entry.erase(field) : std::next(field);
      }
    }
  }
  return view;
}

const std::vector<std::string>& kubeconfigs() {
  static const std::vector<std::string> texts{
      "current-context: a\nclusters: [{name: c, cluster: {server: 'https://h', "
      "certificate-authority: ca, proxy-url: 'http://p:1', tls-server-name: x}}]\n"
      "users: [{name: u, user: {client-certificate: sub/../c, client-key: ./k, tokenFile: /t}}]\n"
      "contexts: [{name: a, context: {cluster: c, user: u, namespace: ns}}]\n",
      "current-context: b\nclusters: [{name: c, cluster: {server: other, "
      "insecure-skip-tls-verify: yes}}, {name: d, cluster: {disable-compression: on}}]\n"
      "users: [{name: u, user: {token: t}}, {name: v, user: {username: j, password: '010'}}]\n"
      "contexts: [{name: b, context: {cluster: d, user: v}}, {name: a, context: {}}]\n",
      R"({"apiVersion":"v1","kind":"Config","contexts":[{"name":"j","context":{"user":"u"}}]})",
      "users: [{name: w, user: {as: jane, as-uid: '7', as-groups: [g, h], as-user-extra: "
      "{k: [v, w]}}}, {name: x, user: {exec: {apiVersion: client.authentication.k8s.io/v1, "
      "command: bin/login, interactiveMode: Never}}}, {name: z, user: {exec: {apiVersion: "
      "client.authentication.k8s.io/v1beta1, command: login}}}]\n",
      "",
      "---\n",
      "# nothing\n",
      "current-context: ''\n",
      "kind: Config\nclusters: null\n",
      "clusters:\n- name: c\n  cluster:\n    certificate-authority-data: YWJj\n",
      "current-context: \"a b\"\ncontexts:\n- {name: \"a b\", context: {namespace: 'x: y'}}\n"};
  return texts;
}

}  // namespace

TEST_CASE("files mean to us what they mean to kubectl, alone and merged") {
  if (no_kubectl()) return;
  const TemporaryFolder folder;
  const NoEnvironment none;
  std::vector<std::string> paths;
  for (const std::string& text : kubeconfigs()) {
    paths.push_back(folder.write("d" + std::to_string(paths.size()) + "/config", text));
  }
  for (const char* name : {"ca", "c", "k"}) folder.write(std::string("d0/") + name, name);
  const auto file = [&](std::size_t index) { return paths[index]; };
  std::vector<std::string> variables = paths;
  for (const auto& [a, b] : {std::pair{0U, 1U}, std::pair{1U, 0U}, std::pair{4U, 1U},
                             std::pair{7U, 0U}, std::pair{2U, 3U}}) {
    variables.push_back(file(a) + ":" + file(b));
  }
  variables.push_back(":" + file(3) + "::" + folder.path().string() + "/none:" + file(1) + ":" +
                      file(3));
  for (const std::string& variable : variables) {
    INFO(variable);
    const Environment kubeconfig("KUBECONFIG", variable.c_str());
    const Answer answer = kubectl("config view --raw --flatten -o json");
    INFO(answer.text);
    REQUIRE(answer.status == 0);
    CHECK(view_of(load_kubeconfig(std::nullopt)) == view_of(Json::parse(answer.text)));
  }
}

TEST_CASE("what kubectl cannot read, we cannot either") {
  if (no_kubectl()) return;
  const std::string text =
      GENERATE("clusters: [{name: c}, {name: c}]\n", "users: [{name: u}, {name: u}]\n",
               "kind: Pod\n", "kind: Config\napiVersion: v2\n", "current-context: 010\n",
               "current-context: yes\n", "clusters: {}\n", "clusters: [{name: 1_0}]\n",
               "users: [{name: u, user: {token: 1e3}}]\n", "users: [{name: u, user: {exec: []}}]\n",
               "clusters: [{name: c, cluster: "
               "{insecure-skip-tls-verify: 'true'}}]\n",
               "- a\n", "a: [\n");
  INFO(text);
  const TemporaryFolder folder;
  const fs::path path = folder.write("config", text);
  CHECK(kubectl("--kubeconfig " + path.string() + " config view -o json").status != 0);
  CHECK(mesh::test::code_of([&] { load_kubeconfig(path); }) == "invalid-kubeconfig");
}

TEST_CASE("what kubectl will not connect with, we will not either") {
  if (no_kubectl()) return;
  const std::string cluster = "server: 'https://127.0.0.1:1'";
  struct Row {
    std::string cluster, user;
  };
  const std::string v1 = "apiVersion: client.authentication.k8s.io/v1";
  const Row row = GENERATE_COPY(
      Row{"", "token: t, username: u"},
      Row{", insecure-skip-tls-verify: true, certificate-authority-data: YWJj", "token: t"},
      Row{"", "token: t, as-groups: [g]"}, Row{"", "exec: {command: x, " + v1 + "}"},
      Row{"", "exec: {command: x, interactiveMode: X, " + v1 + "}"}, Row{"", "exec: {}"},
      Row{"", "client-certificate-data: YWJj"}, Row{", proxy-url: 'ftp://p'", "token: t"},
      Row{", certificate-authority: none", "token: t"}, Row{"", "auth-provider: {name: gcp}"},
      Row{"", "token: \"a\\nb\""});
  INFO(row.cluster << " | " << row.user);
  const mesh::test::OneFile file(mesh::test::one_context(cluster + row.cluster, row.user));
  const Answer answer = kubectl("--kubeconfig " + file.path.string() + " get --raw /healthz");
  CHECK(answer.status != 0);
  INFO(answer.text);
  CHECK(answer.text.find("was refused") == std::string::npos);  // it did not even try
  CHECK(mesh::test::code_of([&] { file.access(); }) == "invalid-kubeconfig");
}
