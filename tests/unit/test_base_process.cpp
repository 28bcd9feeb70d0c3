#include "folder_support.hpp"
#include <catch2/catch.hpp>

#include "base/process.hpp"

using mesh::CommandLine;
using mesh::Deadline;
using mesh::ProcessResult;
using mesh::test::code_of;
using mesh::test::Environment;

namespace {

ProcessResult shell(const std::string& script, const std::string& private_file = {},
                    Deadline deadline = Deadline::in(std::chrono::seconds(20))) {
  CommandLine command;
  command.program = "/bin/sh";
  command.arguments = {"-c", script};
  command.environment = mesh::current_environment();
  command.private_file = private_file;
  return mesh::run_process(command, deadline);
}

}  // namespace

TEST_CASE("a child reads its private file as often as it likes, and nobody else has a path to it") {
  const std::string path = mesh::k_private_file;
  const ProcessResult twice = shell("cat " + path + "; cat " + path, "secret");
  CHECK(twice.output == "secretsecret");
  CHECK(shell("test -e " + path + " || echo none").output == "none\n");
  const std::string large(300'000, 'x');
  CHECK(shell("wc -c < " + path, large).output == "300000\n");
}

TEST_CASE("a program gets the variables of the list, and no secret under any other name") {
  const Environment config("KUBECONFIG", "/somewhere");
  const Environment token("HELM_KUBETOKEN", "t");
  const Environment scope("HELM_NAMESPACE", "n");
  const Environment cache("HELM_CACHE_HOME", "/cache");
  const Environment passphrase("LC_PASSPHRASE", "canary");
  const Environment key("AWS_SECRET_ACCESS_KEY", "canary");
  const Environment proxy("HTTPS_PROXY", "http://127.0.0.1:1");
  const auto variables = mesh::environment_of_children();
  CHECK_FALSE(variables.contains("LC_PASSPHRASE"));
  CHECK_FALSE(variables.contains("AWS_SECRET_ACCESS_KEY"));
  CHECK(variables.contains("HTTPS_PROXY"));
  CHECK_FALSE(variables.contains("KUBECONFIG"));
  CHECK_FALSE(variables.contains("HELM_KUBETOKEN"));
  CHECK_FALSE(variables.contains("HELM_NAMESPACE"));
  CHECK(variables.contains("HELM_CACHE_HOME"));
  CHECK(variables.contains("PATH"));
}

TEST_CASE("a program that did not end by itself is a failure with its last words") {
  const auto ended = [](const ProcessResult& result) {
    return code_of([&] { mesh::require_ended(result, "helm", 1); });
  };
  CHECK_NOTHROW(mesh::require_ended(shell("exit 3"), "helm", 1));
  CHECK(ended(shell("kill -9 $$")) == "failed");
  CHECK(ended(shell("sleep 30", "", Deadline::in(std::chrono::milliseconds(50)))) == "deadline");
  CommandLine missing;
  missing.program = "/nowhere/helm";
  CHECK(ended(mesh::run_process(missing, Deadline::in(std::chrono::seconds(1)))) == "missing");
}
