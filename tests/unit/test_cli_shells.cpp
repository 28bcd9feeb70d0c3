#include "cli_support.hpp"
#include <catch2/catch.hpp>

#include "cli/completion.hpp"

// The scripts, run by the shells that they are for, with the real program behind them.

namespace mesh {

static bool has(const std::string& program) {
  return std::system(("command -v " + program + " > /dev/null").c_str()) == 0;
}

/// Runs a shell with the script in "$SCRIPT", the program on PATH and a kubeconfig of its own.
static std::string run(const std::string& shell, const std::string& flags,
                       const std::string& code) {
  const test::TemporaryFolder folder;
  const auto config = folder.write("config", test::k_kubeconfig);
  const auto script = folder.write("script", completion_script(shell, "kubectl-mesh"));
  const auto program = folder.write("code", code);
  std::filesystem::create_directory(folder.path() / "sub");
  const std::string bin = std::filesystem::path(test::k_program).parent_path().string();
  const std::string command = "cd " + folder.path().string() +
                              " && HOME=$PWD KUBECONFIG=" + config.string() +
                              " SCRIPT=" + script.string() + " PATH=" + bin + ":$PATH " + shell +
                              " " + flags + " " + program.string() + " 2>&1";
  return test::output_of(command);
}

/// Completes a line as readline hands it over: `words` is an array literal of bash.
static std::string bash(const std::string& line, const std::string& words) {
  return run("bash", "--norc",
             "source $SCRIPT\ncompopt() { echo \"compopt $*\"; }\nCOMP_LINE='" + line +
                 "'\nCOMP_POINT=${#COMP_LINE}\nCOMP_WORDS=" + words +
                 "\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_kubectl_mesh\n"
                 "printf '%s\\n' \"${COMPREPLY[@]}\"\n");
}

TEST_CASE("bash completes words, values and lists") {
  if (!has("bash")) {
    WARN("no bash on this machine");
    return;
  }
  CHECK(bash("kubectl-mesh con", "(kubectl-mesh con)") == "contexts\n");
  CHECK(bash("kubectl-mesh contexts -o js", "(kubectl-mesh contexts -o js)") == "json\n");
  CHECK(bash("kubectl-mesh contexts --context=", "(kubectl-mesh contexts --context = '')") ==
        "game-gke\ngame-agones\narn:aws:eks:eu-1:7:cluster/blue\n");
  CHECK(bash("kubectl-mesh contexts --context=ga", "(kubectl-mesh contexts --context = ga)") ==
        "game-gke\ngame-agones\n");
  CHECK(bash("kubectl-mesh contexts --contexts game-gke,",
             "(kubectl-mesh contexts --contexts game-gke,)") ==
        "compopt -o nospace\ngame-gke,game-agones\ngame-gke,arn:aws:eks:eu-1:7:cluster/blue\n");
}

TEST_CASE("bash replaces only what follows a colon") {
  if (!has("bash")) return;
  CHECK(bash("kubectl-mesh contexts --context arn:aws:e",
             "(kubectl-mesh contexts --context arn : aws : e)") == "eks:eu-1:7:cluster/blue\n");
  CHECK(bash("kubectl-mesh contexts --context=arn:",
             "(kubectl-mesh contexts --context = arn : '')") == "aws:eks:eu-1:7:cluster/blue\n");
}

TEST_CASE("bash leaves paths to itself") {
  if (!has("bash")) return;
  CHECK(bash("kubectl-mesh contexts --kubeconfig ", "(kubectl-mesh contexts --kubeconfig '')") ==
        "compopt -o default\n\n");
  CHECK(bash("kubectl-mesh undo --output-dir ", "(kubectl-mesh undo --output-dir '')") ==
        "compopt -o dirnames\n\n");
}

/// The completion system of zsh is asked what it would be told.
static std::string zsh(const std::string& words, const std::string& prefix) {
  return run("zsh", "-f",
             "compdef() { : }\nsource $SCRIPT\n"
             "compset() { PREFIX=${PREFIX#*=}; IPREFIX=set }\n_files() { print files $* }\n"
             "compadd() { print -l -- $choices; print -- ${options[@]} }\nwords=" +
                 words + "\nCURRENT=$#words\nPREFIX='" + prefix + "'\n_kubectl-mesh\n");
}

TEST_CASE("zsh completes words, values, lists and paths") {
  if (!has("zsh")) {
    WARN("no zsh on this machine");
    return;
  }
  CHECK(zsh("(kubectl-mesh con)", "con") == "contexts\n\n");
  CHECK(zsh("(kubectl-mesh contexts --context=ga)", "--context=ga") == "game-gke\ngame-agones\n\n");
  CHECK(zsh("(kubectl-mesh contexts --contexts game-gke,g)", "game-gke,g") ==
        "game-gke,game-agones\n-S\n");
  CHECK(zsh("(kubectl-mesh contexts --kubeconfig '')", "") == "files\n");
  CHECK(zsh("(kubectl-mesh undo --output-dir '')", "") == "files -/\n");
}

static std::string fish(const std::string& line) {
  return run("fish", "--no-config", "source $SCRIPT\ncomplete -C '" + line + "'\n");
}

TEST_CASE("fish completes words, values, lists and paths") {
  if (!has("fish")) {
    WARN("no fish on this machine");
    return;
  }
  CHECK(fish("kubectl-mesh con") == "contexts\tShow which clusters would be addressed\n");
  CHECK(fish("kubectl-mesh contexts --context=ga") ==
        "--context=game-agones\n--context=game-gke\n");
  CHECK(fish("kubectl-mesh contexts --contexts game-gke,g") == "game-gke,game-agones\n");
  CHECK(fish("kubectl-mesh contexts --kubeconfig con") == "config\n");
  CHECK(fish("kubectl-mesh undo --output-dir s") == "sub/\n");
}

}  // namespace mesh
