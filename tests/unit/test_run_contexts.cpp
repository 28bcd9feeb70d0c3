#include "run_support.hpp"
#include <catch2/catch.hpp>

#include "kube/transport.hpp"

using mesh::Invocation;
using mesh::Json;
using mesh::OutputFormat;
using mesh::test::NoEnvironment;
using mesh::test::problem_of;
using mesh::test::Ran;
using mesh::test::run;
using mesh::test::TemporaryFolder;

namespace {

constexpr const char* k_three = R"(
current-context: b
clusters:
- {name: c, cluster: {server: "https://127.0.0.1:1/prefix/", insecure-skip-tls-verify: true}}
users:
- {name: u, user: {token: canary}}
- {name: x, user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: /none/login}}}
contexts:
- {name: b, context: {cluster: c, user: u, namespace: shop}}
- {name: a, context: {cluster: c, user: x}}
- {name: broken, context: {cluster: gone, user: u}}
)";

struct Kube {
  TemporaryFolder folder;
  NoEnvironment none;
  Invocation invocation;

  explicit Kube(const std::string& text, OutputFormat output = OutputFormat::json) {
    invocation.program = "kubectl mesh";
    invocation.command = {"contexts"};
    invocation.kubeconfig = folder.write("config", text);
    invocation.output = output;
    invocation.request_timeout = std::chrono::seconds(3);
  }
};

}  // namespace

TEST_CASE("contexts are listed in the order of the file, without the network or a login") {
  Kube kube(k_three);
  const Ran ran = run(mesh::run_contexts, kube.invocation);
  const Json items = Json::parse(ran.out)["items"];
  REQUIRE(items.size() == 3);
  CHECK(items[0] == Json{{"name", "b"},
                         {"cluster", "c"},
                         {"user", "u"},
                         {"auth", "token"},
                         {"server", "https://127.0.0.1:1/prefix"},
                         {"namespace", "shop"},
                         {"current", true}});
  CHECK(items[1]["auth"] == "exec login");
  CHECK(items[1]["namespace"] == "default");
  CHECK(items[1]["current"] == false);
  CHECK(ran.out.find("canary") == std::string::npos);
}

TEST_CASE("a context that leads nowhere is a row with its problem, and the status says so") {
  Kube kube(k_three);
  const Ran ran = run(mesh::run_contexts, kube.invocation);
  CHECK(ran.status == 2);
  const Json broken = Json::parse(ran.out)["items"][2];
  CHECK(broken["problem"]["code"] == "invalid-kubeconfig");
  CHECK(broken["cluster"] == "gone");
  kube.invocation.contexts = {"*", "-broken"};
  CHECK(run(mesh::run_contexts, kube.invocation).status == 0);
  kube.invocation.output = OutputFormat::table;
  CHECK(run(mesh::run_contexts, kube.invocation).errors.empty());
}

TEST_CASE("the table marks the current context and tells problems on stderr") {
  Kube kube(k_three, OutputFormat::table);
  const Ran ran = run(mesh::run_contexts, kube.invocation);
  CHECK(ran.out.starts_with("CURRENT"));
  CHECK(ran.out.find("\n*         b ") != std::string::npos);
  CHECK(ran.errors.find("names the cluster \"gone\"") != std::string::npos);
}

TEST_CASE("one context can be asked about, and a mistyped one is answered") {
  Kube kube(k_three);
  kube.invocation.context = "a";
  CHECK(Json::parse(run(mesh::run_contexts, kube.invocation).out)["items"].size() == 1);
  kube.invocation.context = "brokn";
  CHECK(problem_of([&] {
          run(mesh::run_contexts, kube.invocation);
        }).hint.starts_with("did you mean \"broken\"?"));
}

TEST_CASE("no kubeconfig is an empty list, not an error") {
  Kube kube("");
  const Ran ran = run(mesh::run_contexts, kube.invocation);
  CHECK(ran.status == 0);
  CHECK(Json::parse(ran.out)["items"] == Json::array());
}

TEST_CASE("what is odd in the kubeconfig is said on stderr") {
  Kube kube("curent-context: a\n");
  const Ran ran = run(mesh::run_contexts, kube.invocation);
  CHECK(ran.errors.starts_with("warning: "));
  CHECK(ran.errors.find("did you mean \"current-context\"?") != std::string::npos);
  CHECK(Json::parse(ran.out).is_object());
}

TEST_CASE("with --check a cluster that does not answer is a row, and the status is 5") {
  mesh::prepare_transport();
  Kube kube(k_three);
  kube.invocation.contexts = {"b"};
  kube.invocation.options = {{"check", true}};
  const Ran ran = run(mesh::run_contexts, kube.invocation);
  CHECK(ran.status == 5);
  const Json document = Json::parse(ran.out);
  CHECK(document["items"][0]["status"] == "unreachable");
  CHECK(document["problems"][0]["cluster"] == "b");
  CHECK(ran.errors.find("NOT verified") != std::string::npos);
}
