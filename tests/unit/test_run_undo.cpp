#include "run/session.hpp"
#include "run_support.hpp"
#include <catch2/catch.hpp>

#include "plan/journal.hpp"

using mesh::Invocation;
using mesh::Journal;
using mesh::Json;
using mesh::OutputFormat;
using mesh::test::code_of;
using mesh::test::Environment;
using mesh::test::NoEnvironment;
using mesh::test::one_context;
using mesh::test::problem_of;
using mesh::test::run;
using mesh::test::TemporaryFolder;

namespace {

struct State {
  TemporaryFolder folder;
  NoEnvironment none;
  Environment xdg{"XDG_STATE_HOME", folder.path().c_str()};
};

Invocation undo() {
  Invocation invocation;
  invocation.program = "kubectl mesh";
  invocation.command = {"undo"};
  invocation.output = OutputFormat::json;
  return invocation;
}

}  // namespace

TEST_CASE("runs are listed with what became of them, without a kubeconfig") {
  const State state;
  Invocation list = undo();
  list.options = {{"list", true}};
  CHECK(Json::parse(run(mesh::run_undo, list).out)["items"] == Json::array());
  Journal ended = Journal::begin("one");
  ended.end(0);
  const Json items = Json::parse(run(mesh::run_undo, list).out)["items"];
  REQUIRE(items.size() == 1);
  CHECK(items[0]["name"] == ended.run());
  CHECK(items[0]["state"] == "ended");
  CHECK(items[0]["command"] == "one");
  ended.mark_undone();
  CHECK(Json::parse(run(mesh::run_undo, list).out)["items"][0]["state"] == "undone");
}

TEST_CASE("there must be a run to take back") {
  const State state;
  CHECK(problem_of([] { run(mesh::run_undo, undo()); }).message == "there is no run to undo");
  Invocation named = undo();
  named.arguments = {"20261123-000000-000-beef"};
  CHECK(problem_of([&] { run(mesh::run_undo, named); }).code == "invalid-input");
}

TEST_CASE("a file that names no clusters does not mean the current context") {
  const State state;
  Invocation invocation = undo();
  invocation.command = {"certs", "install"};
  invocation.kubeconfig =
      state.folder.write("config", one_context("server: 'https://127.0.0.1:1'", "token: t"));
  invocation.file = state.folder.write("mesh.yaml", "kind: Mesh\n");
  const auto open = [&] { mesh::Session session(invocation, mesh::Catalogue{}); };
  CHECK(problem_of(open).message.ends_with("mesh.yaml: names no clusters"));
  invocation.contexts = {"a"};
  CHECK(code_of(open).empty());
}
