#include <fcntl.h>
#include <unistd.h>

#include "folder_support.hpp"
#include "run/mesh_file.hpp"
#include <catch2/catch.hpp>

using mesh::Json;
using mesh::load_mesh_file;
using mesh::MeshFile;
using mesh::test::problem_of;
using mesh::test::TemporaryFolder;
using Names = std::vector<std::string>;

namespace {

MeshFile load(const TemporaryFolder& folder, const std::string& text) {
  return load_mesh_file(folder.write("mesh.yaml", text), {"certs", "dns"});
}

}  // namespace

TEST_CASE("a mesh file names the clusters and each concern's settings") {
  const TemporaryFolder folder;
  const MeshFile file = load(folder, R"(
apiVersion: kubectl-mesh.dev/v1
kind: Mesh
clusters:
- context: game-gke
- context: "yes"
certs: {strategy: self-signed, rootDays: 3650}
)");
  CHECK(file.contexts == Names{"game-gke", "yes"});
  CHECK(file.concerns == Json::parse(R"({"certs":{"strategy":"self-signed","rootDays":3650}})"));
  CHECK(load(folder, "dns: {}\n").contexts.empty());
}

TEST_CASE("what is wrong in a mesh file is told with file, line and column") {
  struct Row {
    std::string text, said, hint;
  };
  const Row row = GENERATE(
      Row{"clusters: [{context: a}]\ncets: {}\n", ":2:7: unknown key \"cets\"",
          "did you mean \"certs\"?"},
      Row{"cluster: []\n", ":1:10: unknown key \"cluster\"", "did you mean \"clusters\"?"},
      Row{"frobnicate: 1\n", ":1:13: unknown key \"frobnicate\"",
          "known here are: apiVersion, kind, clusters, certs, dns"},
      Row{"a/b~c: 1\n", ":1:8: unknown key \"a/b~c\"", "known here are"},
      Row{"clusters:\n- contxt: a\n", ":2:11: unknown key \"contxt\"", "did you mean \"context\"?"},
      Row{"clusters:\n- a\n", ":2:3: a cluster is not a mapping", "- context: NAME"},
      Row{"clusters:\n- {}\n", ":2:3: a cluster needs its context", "context: NAME"},
      Row{"clusters:\n- context: yes\n", ":2:12: a cluster needs its context", "in quotes"},
      Row{"clusters:\n- context: 010\n", ":2:12: a cluster needs its context", "in quotes"},
      Row{"clusters:\n- context: ''\n", ":2:12: a cluster needs its context", "context"},
      Row{"clusters:\n- context: a\n- context: a\n", ":3:12: context \"a\" is there twice", ""},
      Row{"clusters: []\n", ":1:11: clusters is not a list", "[{context: NAME}, ...]"},
      Row{"clusters: a\n", ":1:11: clusters is not a list", "[{context: NAME}, ...]"},
      Row{"certs: true\n", ":1:8: certs is not a mapping", ""},
      Row{"clusters: [{context: a}]\ncerts:\n", ":2:1: certs is not a mapping", ""},
      Row{"apiVersion: v1\ncerts: {}\n", ":1:13: apiVersion is not kubectl-mesh.dev/v1",
          "write kubectl-mesh.dev/v1"},
      Row{"kind: Pod\ncerts: {}\n", ":1:7: kind is not Mesh", "write Mesh"},
      Row{"- a\n", ":1:1: is not a mapping", ""}, Row{"", ": is empty", "clusters"},
      Row{"# nothing\n", ": is empty", "clusters"}, Row{"---\n", ": is empty", "clusters"},
      Row{"certs: {}\n---\ncerts: {}\n", ":2:1: holds more than one document", ""},
      Row{"certs: {a: &x 1, b: *x}\n", ":1:21: aliases are not supported", ""},
      Row{"certs: {}\ncerts: {}\n", ":2:1: key \"certs\" is there twice", ""},
      Row{"certs: [\n", ":2:1: ", ""});
  const TemporaryFolder folder;
  INFO(row.text);
  const mesh::Problem problem = problem_of([&] { load(folder, row.text); });
  CHECK(problem.code == "invalid-input");
  INFO(problem.message);
  CHECK(problem.message.starts_with((folder.path() / "mesh.yaml").string() + row.said));
  CHECK(problem.hint.find(row.hint) != std::string::npos);
}

TEST_CASE("a mesh file that is not there is named") {
  const TemporaryFolder folder;
  CHECK(problem_of([&] {
          load_mesh_file(folder.path() / "none", {});
        }).message.ends_with("No such file or directory"));
}

TEST_CASE("- is standard input") {
  const TemporaryFolder folder;
  const int before = ::dup(STDIN_FILENO);
  const int file = ::open(folder.write("x", "clusters: [{context: a}]\n").c_str(), O_RDONLY);
  REQUIRE(::dup2(file, STDIN_FILENO) == STDIN_FILENO);
  const Names contexts = load_mesh_file("-", {}).contexts;
  ::dup2(before, STDIN_FILENO);
  ::close(before);
  ::close(file);
  CHECK(contexts == Names{"a"});
}
