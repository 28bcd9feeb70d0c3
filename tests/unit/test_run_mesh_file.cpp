#include <fcntl.h>
#include <set>
#include <unistd.h>

#include "folder_support.hpp"
#include "run/cluster_names.hpp"
#include "run/mesh_file.hpp"
#include <catch2/catch.hpp>

using mesh::Json;
using mesh::load_mesh_file;
using mesh::MeshFile;
using mesh::Section;
using mesh::test::problem_of;
using mesh::test::TemporaryFolder;
using Names = std::vector<std::string>;

namespace {

Section section(const char* schema) {
  return {.schema = Json::parse(schema), .chooser = {}, .strategies = {}};
}

/// With two strategies that say what they take, and one that does not.
Section section_of_strategies() {
  Section made = section(R"({"properties": {"strategy": {}, "validity": {}}})");
  made.chooser = "strategy";
  made.strategies = {{"pem", Json::parse(R"({"properties": {"root-cert": {}}})")},
                     {"silent", Json::object()},
                     {"vault", Json::parse(R"({"properties": {"address": {}}})")}};
  return made;
}

const std::map<std::string, Section> k_sections{
    {"certs", section("null")}, {"dns", section(R"({"properties": {"zones": {"items": {
       "properties": {"name": {"type": "string"}}, "additionalProperties": false}}}})")}};

Names contexts_of(const MeshFile& file) {
  Names contexts;
  for (const mesh::Member& member : file.mesh.members) contexts.push_back(member.context);
  return contexts;
}

MeshFile load(const TemporaryFolder& folder, const std::string& text) {
  return load_mesh_file(folder.write("mesh.yaml", text), k_sections);
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
  CHECK(contexts_of(file) == Names{"game-gke", "yes"});
  CHECK(file.concerns == Json::parse(R"({"certs":{"strategy":"self-signed","rootDays":3650}})"));
  CHECK(load(folder, "dns: {}\n").mesh.members.empty());
}

TEST_CASE("a mesh file says what all concerns agree on, and the rest has defaults") {
  const TemporaryFolder folder;
  const MeshFile file = load(folder, R"(
mesh: {id: games, trustDomain: games.example, suffix: mesh.internal, mode: discovery}
clusters:
- {context: GKE_a_b, network: east, uid: "1-2"}
- {context: b, name: blue}
skip: [dns]
)");
  CHECK(file.mesh.id == "games");
  CHECK(file.mesh.trust_domain == "games.example");
  CHECK(file.mesh.suffix == "mesh.internal");
  CHECK(file.mesh.mode == mesh::Mode::discovery);
  CHECK(file.mesh.members ==
        std::vector<mesh::Member>{{"GKE_a_b", "gke-a-b", "east"}, {"b", "blue", "blue"}});
  CHECK(file.uids == std::map<std::string, std::string>{{"GKE_a_b", "1-2"}});
  CHECK(file.skipped == Names{"dns"});
  const mesh::MeshView usual = load(folder, "clusters: [{context: a}]\n").mesh;
  CHECK(usual.id == "mesh1");
  CHECK(usual.suffix == "global");
  CHECK(usual.mode == mesh::Mode::alias);
}

TEST_CASE("a context becomes a DNS label, by its end if it is long") {
  CHECK(mesh::default_cluster_name("gke_proj_europe-west1_Games") == "gke-proj-europe-west1-games");
  CHECK(mesh::default_cluster_name("arn:aws:eks:x/y") == "arn-aws-eks-x-y");
  const std::string arn = "arn:aws:eks:eu-central-1:123456789012:cluster/platform-services-";
  const std::string blue = mesh::default_cluster_name(arn + "production-blue");
  CHECK(blue.find("-platform-services-production-blue-") != std::string::npos);
  CHECK(blue.size() <= 63);
  // Ends that are alike, one long word, and signs that a label does not have.
  const std::vector<std::string> names = mesh::default_cluster_names(
      {arn + "blue/production-in-the-first-of-all-our-availability-zones",
       arn + "green/production-in-the-first-of-all-our-availability-zones",
       std::string(80, 'a') + "y", std::string(80, 'a') + "z", "prod_1", "prod:1", "prod-1"});
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
  CHECK(names.back() == "prod-1");
  for (const std::string& name : names) {
    CHECK(name.size() <= 63);
    CHECK(mesh::default_cluster_name(name) == name);
  }
  CHECK(mesh::default_cluster_name("__") == "cluster");
}

TEST_CASE("what is wrong in a mesh file is told with file, line and column") {
  struct Row {
    std::string text, said, hint;
  };
  const Row row = GENERATE(
      Row{"clusters: [{context: a}]\ncets: {}\n", ":2:1: unknown key \"cets\"",
          "did you mean \"certs\"?"},
      Row{"cluster: []\n", ":1:1: unknown key \"cluster\"", "did you mean \"clusters\"?"},
      Row{"frobnicate: 1\n", ":1:1: unknown key \"frobnicate\"",
          "known here are: apiVersion, kind, mesh, clusters, skip, certs, dns"},
      Row{"a/b~c: 1\n", ":1:1: unknown key \"a/b~c\"", "known here are"},
      Row{"clusters:\n- contxt: a\n", ":2:3: unknown key \"contxt\"", "did you mean \"context\"?"},
      Row{"clusters:\n- a\n", ":2:3: a cluster is not a mapping", "- context: NAME"},
      Row{"clusters:\n- {}\n", ":2:3: a cluster needs its context", "context: NAME"},
      Row{"clusters:\n- context: yes\n", ":2:12: context is not a text", "in quotes"},
      Row{"clusters:\n- context: 010\n", ":2:12: context is not a text", "in quotes"},
      Row{"clusters:\n- context: ''\n", ":2:12: context is not a text", "context"},
      Row{"clusters:\n- context: a\n- context: a\n", ":3:12: context \"a\" is there twice", ""},
      Row{"clusters:\n- {context: a, name: A}\n", ":2:22: name \"A\" is not a DNS label", "a-z"},
      Row{"clusters:\n- {context: a, name: x}\n- {context: b, name: x}\n",
          ":3:3: two clusters have the name \"x\"", "name"},
      Row{"mesh: []\n", ":1:7: mesh is not a mapping", ""},
      Row{"mesh: {sufix: x}\n", ":1:8: unknown key \"sufix\"", "did you mean \"suffix\"?"},
      Row{"dns: {zones: [{nme: x}]}\n", ":1:16: unknown key \"nme\"", "did you mean \"name\"?"},
      Row{"mesh: {mode: merged}\n", ":1:14: mode \"merged\" is not known", "alias or discovery"},
      Row{"mesh: {id: 7}\n", ":1:12: id is not a text", "in quotes"},
      Row{"skip: [dns, cers]\n", ":1:13: there is no concern \"cers\"", "certs, dns"},
      Row{"skip: dns\n", ":1:7: skip is not a list", "skip: [dns]"},
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

TEST_CASE("a section takes the keys of its concern and of the strategy that it names") {
  struct Row {
    std::string text, said, hint;
  };
  const Row row =
      GENERATE(Row{"{strategy: pem, root-cert: x, validity: 1y}", "", ""},
               Row{"{strategy: pem, address: x}", "unknown key \"address\"", "root-cert, strategy"},
               Row{"{strategy: vault, adress: x}", "unknown key \"adress\"", "\"address\"?"},
               Row{"{strategy: vault, validty: 1y}", "unknown key \"validty\"", "\"validity\"?"},
               Row{"{strategy: silent, anything: x}", "", ""}, Row{"{anything: x}", "", ""});
  const TemporaryFolder folder;
  INFO(row.text);
  const auto path = folder.write("mesh.yaml", "certs: " + row.text + "\n");
  const auto read = [&] { load_mesh_file(path, {{"certs", section_of_strategies()}}); };
  if (row.said.empty()) {
    CHECK_NOTHROW(read());
    return;
  }
  const mesh::Problem problem = problem_of(read);
  CHECK(problem.message.find(":1:") != std::string::npos);
  CHECK(problem.message.find(row.said) != std::string::npos);
  CHECK(problem.hint.find(row.hint) != std::string::npos);
}

TEST_CASE("who chooses no strategy may use the keys of all") {
  Section made = section_of_strategies();
  made.strategies.erase("silent");
  CHECK(schema_of(made, Json::object())["additionalProperties"] == false);
  CHECK(schema_of(made, {{"strategy", "auto"}})["properties"].size() == 4);
  CHECK(schema_of(made, {{"strategy", "pem"}})["properties"].size() == 3);
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
  const Names contexts = contexts_of(load_mesh_file("-", {}));
  ::dup2(before, STDIN_FILENO);
  ::close(before);
  ::close(file);
  CHECK(contexts == Names{"a"});
}
