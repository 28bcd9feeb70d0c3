#include "cli_support.hpp"
#include <catch2/catch.hpp>

#include "cli/completion.hpp"
#include "mesh/problem.hpp"

namespace mesh {

using Words = std::vector<std::string>;

/// Completes with a kubeconfig of its own.
class Shell {
 public:
  Shell() : m_kubeconfig(m_folder.write("config", test::k_kubeconfig)) {}

  std::string operator()(const Words& line) const {
    Words words{"--kubeconfig", m_kubeconfig.string()};
    words.insert(words.end(), line.begin(), line.end());
    return complete(words, m_catalogue);
  }

 private:
  test::TemporaryFolder m_folder;
  std::filesystem::path m_kubeconfig;
  Catalogue m_catalogue = test::lamp_catalogue();
};

TEST_CASE("words of the tree are completed with what they do") {
  const Shell shell;
  CHECK(shell({""}) ==
        "completion\tComplete commands in a shell\n"
        "contexts\tShow which clusters would be addressed\n"
        "doctor\tLook what is wrong with this installation\n"
        "down\tTake the mesh, or one cluster of it, down\n"
        "init\tLook at clusters and write a mesh.yaml for them\n"
        "lamp\tLamps in every cluster\n"
        "options\tList the flags that reach clusters, and those of every command\n"
        "plan\tShow what `up` would change, per cluster and concern\n"
        "plugin\tList, install, trust and check plugins\n"
        "status\tShow the mesh on one screen\n"
        "undo\tUndo a run\n"
        "up\tMake one mesh of the clusters\n"
        "version\tPrint the version\n"
        ":4\n");
  CHECK(shell({"la"}) == "lamp\tLamps in every cluster\n:4\n");
  CHECK(shell({"lamp", ""}) ==
        "light\tLight the lamps of all clusters\nshow\tShow the lamps\n:4\n");
  CHECK(shell({"lamp", "li"}) == "light\tLight the lamps of all clusters\n:4\n");
  CHECK(shell({"plugin", "l"}) == "list\tList the installed plugins\n:4\n");
  CHECK(shell({"lamp", "light", ""}) == ":4\n");
  CHECK(shell({"nonsense", ""}) == ":4\n");
}

TEST_CASE("flags before the command do not hide it") {
  const Shell shell;
  CHECK(shell({"--contexts", "x", "lamp", "sh"}) == "show\tShow the lamps\n:4\n");
  CHECK(shell({"--yes", "lamp", "sh"}) == "show\tShow the lamps\n:4\n");
}

TEST_CASE("a command's flags are offered, given ones once") {
  const Shell shell;
  CHECK(shell({"lamp", "light", "--w"}) == "--watts\thow bright\n--wick-file\twick to use\n:4\n");
  CHECK(shell({"lamp", "light", "--watts=7", "--w"}) == "--wick-file\twick to use\n:4\n");
  CHECK(shell({"lamp", "light", "--tag", "a=b", "--ta"}) == "--tag\tlabel of the lamps\n:4\n");
  CHECK(shell({"lamp", "show", "--w"}) == ":4\n");
  CHECK(shell({"lamp", "show", "--y"}) == ":4\n");
  CHECK(shell({"lamp", "light", "--y"}) == "--yes\tchange the clusters without asking\n:4\n");
  CHECK(shell({"undo", "--", "--li"}) == ":4\n");
}

TEST_CASE("values are offered in both forms of a flag") {
  const Shell shell;
  CHECK(shell({"lamp", "light", "--color-name", ""}) == "amber\nwhite\n:4\n");
  CHECK(shell({"lamp", "light", "--color-name=a"}) == "amber\n:4\n");
  CHECK(shell({"contexts", "-o", "js"}) == "json\n:4\n");
  CHECK(shell({"lamp", "light", "--dry-run=s"}) == "server\n:4\n");
  CHECK(shell({"lamp", "light", "--force="}) == "true\nfalse\n:4\n");
  CHECK(shell({"lamp", "light", "--strategy", ""}) ==
        "flint\tSparks from a stone\ngas\tFrom the mains\n:4\n");
  CHECK(shell({"lamp", "light", "--watts", ""}) == ":4\n");
}

TEST_CASE("paths are left to the shell") {
  const Shell shell;
  CHECK(shell({"lamp", "light", "--wick-file", ""}) == ":0\n");
  CHECK(shell({"lamp", "light", "-f", "me"}) == ":0\n");
  CHECK(shell({"lamp", "light", "--output-dir", ""}) == ":16\n");
}

TEST_CASE("shells are offered to completion") {
  CHECK(Shell()({"completion", "b"}) == "bash\tPrint the completion script for bash\n:4\n");
  CHECK(Shell()({"completion", "bash", ""}) == ":4\n");
}

TEST_CASE("names come out of the kubeconfig") {
  const Shell shell;
  CHECK(shell({"contexts", "--context", "game"}) == "game-gke\ngame-agones\n:4\n");
  CHECK(shell({"contexts", "--context=arn"}) == "arn:aws:eks:eu-1:7:cluster/blue\n:4\n");
  CHECK(shell({"contexts", "--cluster", ""}) == "berlin\niowa\n:4\n");
  CHECK(shell({"contexts", "--user", ""}) == "jane\n:4\n");
  CHECK(complete({"--kubeconfig=/nowhere/at/all", "contexts", "--context", ""},
                 test::lamp_catalogue()) == ":4\n");
}

TEST_CASE("lists of contexts are completed item by item") {
  const Shell shell;
  CHECK(shell({"lamp", "light", "--contexts", "game"}) == "game-gke\ngame-agones\n:6\n");
  CHECK(shell({"lamp", "light", "--contexts", "game-gke,g"}) == "game-gke,game-agones\n:6\n");
  CHECK(shell({"lamp", "light", "--contexts=game-gke,game-agones,"}) ==
        "game-gke,game-agones,arn:aws:eks:eu-1:7:cluster/blue\n:6\n");
  CHECK(shell({"lamp", "light", "--contexts=game-*,-game-a"}) == "game-*,-game-agones\n:6\n");
}

TEST_CASE("nonsense has no continuation") {
  const Shell shell;
  CHECK(shell({"contexts", "--context", "-o", ""}) == ":4\n");
  CHECK(shell({"lamp", "light", "--unknown", ""}) == ":4\n");
  CHECK(shell({"lamp", "light", "--unknown=x"}) == ":4\n");
  CHECK(complete({}, test::lamp_catalogue()).ends_with(":4\n"));
}

TEST_CASE("a name that cannot be typed is not offered") {
  Catalogue catalogue = test::lamp_catalogue();
  catalogue.plugins[0].manifest.provides[1].name = "flint\x1b[2J";
  CHECK(complete({"lamp", "light", "--strategy", ""}, catalogue) == "gas\tFrom the mains\n:4\n");
}

TEST_CASE("scripts name the program, and no other shell has one") {
  for (const char* shell : {"bash", "zsh", "fish", "powershell"}) {
    const std::string script = completion_script(shell, "kubectl-mesh");
    CHECK(script.find("kubectl-mesh") != std::string::npos);
    CHECK(script.find("PROGRAM") == std::string::npos);
  }
  CHECK_THROWS_AS(completion_script("tcsh", "kubectl-mesh"), Failure);
}

}  // namespace mesh
