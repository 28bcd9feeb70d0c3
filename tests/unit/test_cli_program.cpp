#include "cli_support.hpp"
#include <catch2/catch.hpp>

#include "mesh/json.hpp"

// The built program, as a person or a script calls it.

namespace mesh {

static std::string program(const std::string& words, const std::string& environment = "") {
  return test::output_of(environment + " " + test::k_program + " " + words +
                         "; echo \"status $?\"");
}

TEST_CASE("help is an answer, on stdout, with status 0") {
  const std::string text = program("--help 2> /dev/null");
  CHECK(text.find("Exit codes:\n") != std::string::npos);
  CHECK(text.ends_with("status 0\n"));
}

TEST_CASE("a wrong line is told on stderr, with status 2") {
  CHECK(
      program("contxts 2>&1 > /dev/null") ==
      "error: unknown command \"contxts\"\n  did you mean \"contexts\"? kubectl mesh --help shows "
      "what there is\nstatus 2\n");
}

TEST_CASE("a wrong line is one document for programs, and nothing else") {
  const std::string text = program("contxts -o json 2>&1");
  const std::string status = "status 2\n";
  REQUIRE(text.ends_with(status));
  const Json document = Json::parse(text.substr(0, text.size() - status.size()));
  CHECK(document["kind"] == "Error");
  CHECK(document["problems"][0]["code"] == "usage");
}

TEST_CASE("what is out of date in a line is said on stderr") {
  CHECK(program("undo --dry-run --list 2>&1 > /dev/null", "XDG_STATE_HOME=/nowhere")
            .starts_with("warning: --dry-run without a value means --dry-run=client"));
}

TEST_CASE("an answer that cannot be written is a failure") {
  CHECK(program("version 2>&1 > /dev/full") ==
        "error: standard output cannot be written to\nstatus 1\n");
}

TEST_CASE(
    "help, version, completion and the list of plugins load neither the engine nor a plugin") {
  for (const char* words : {"--help", "certs --help", "version -o yaml", "completion zsh",
                            "__complete certs install --", "plugin list", "contxts"}) {
    INFO(words);
    const std::string loaded = program(std::string(words) + " 2>&1", "LD_DEBUG=files");
    CHECK(loaded.find("libc.so") != std::string::npos);
    for (const char* library :
         {"libmesh-engine", "libcpprest", "libssl", "libcrypto", "certs.so"}) {
      INFO(library);
      CHECK(loaded.find(std::string("file=") + library) == std::string::npos);
      CHECK(loaded.find(std::string("/") + library + " [0]") == std::string::npos);
    }
  }
}

TEST_CASE("a command that runs loads the engine") {
  const std::string loaded = program("plugin info certs 2>&1", "LD_DEBUG=files");
  CHECK(loaded.find("/libmesh-engine.so [0]") != std::string::npos);
}

}  // namespace mesh
