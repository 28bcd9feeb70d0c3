#include <set>
#include <sstream>
#include <sys/stat.h>

#include "cli_support.hpp"
#include <catch2/catch.hpp>

#include "cli/command_of.hpp"
#include "cli/tree.hpp"
#include "cli/tree_commands.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace fs = std::filesystem;

namespace {

Action apply(const std::string& cluster, const std::string& kind, const std::string& name,
             Json data = nullptr) {
  Action action;
  action.cluster = cluster;
  action.object = {{"apiVersion", "v1"}, {"kind", kind}, {"metadata", {{"name", name}}}};
  if (!data.is_null()) action.object["data"] = std::move(data);
  return action;
}

Action on(ActionType type, const std::string& cluster, const ObjectRef& target) {
  Action action;
  action.type = type;
  action.cluster = cluster;
  action.target = target;
  return action;
}

Action labeled(Action action, const char* key, const char* value) {
  action.object["metadata"]["labels"][key] = value;
  return action;
}

std::vector<std::string> files_below(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = fs::relative(entry, folder).string();
    if (entry.is_regular_file() && name != ".kubectl-mesh-tree") files.push_back(name);
  }
  std::sort(files.begin(), files.end());
  return files;
}

int mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return static_cast<int>(status.st_mode & 0777U);
}

TreePart part(const std::string& name, std::vector<Action> actions) {
  TreePart made;
  made.name = name;
  made.command = "kubectl mesh " + name + " install --yes";
  made.actions = std::move(actions);
  return made;
}

TreeOptions options(bool show_secrets = false) {
  TreeOptions made;
  made.title = "Mesh mesh1";
  made.command = "kubectl mesh plan -f=mesh.yaml --output-dir=tree";
  made.show_secrets = show_secrets;
  made.command_of = [](const std::string& concern, const std::string& verb) {
    return "kubectl mesh " + concern + " " + verb;
  };
  return made;
}

/// Two clusters in the first phase, a restart behind it, a file of the operator's.
TreePart certs() {
  Action store;
  store.type = ActionType::store;
  store.file.folder = "/home/me/ca";
  store.file.name = "root.pem";
  store.file.data = "PRIVATE";
  Action restart =
      on(ActionType::restart, "game-gke", {"apps/v1", "Deployment", "istio-system", "istiod"});
  restart.reason = "reads its CA when it starts";
  return part("certs", {store, apply("game-gke", "Namespace", "istio-system"),
                        apply("game-gke", "Secret", "cacerts", {{"key", "Y2FuYXJ5"}}), restart,
                        apply("game-agones", "Namespace", "istio-system")});
}

/// The commands of a script, without its comments; a continued line is one.
std::vector<std::string> commands_of(const std::string& script) {
  std::vector<std::string> commands;
  std::string rest = script.substr(script.find("set -eu\n") + 8);
  for (std::size_t at = 0; (at = rest.find(" \\\n ")) != std::string::npos;) rest.erase(at, 4);
  std::istringstream lines(rest);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.front() != '#') commands.push_back(line);
  }
  return commands;
}

}  // namespace

TEST_CASE("the tree has groups of manifests per cluster and one order of all steps") {
  const test::TemporaryFolder folder;
  const fs::path root = folder.path() / "out";
  CHECK(write_tree({certs()}, root, options()) == 7);
  CHECK(files_below(root) ==
        std::vector<std::string>{
            "apply.sh", "game-agones/01-certs/00-namespace-istio-system.yaml",
            "game-agones/01-certs/kustomization.yaml", "game-agones/kustomization.yaml",
            "game-gke/01-certs/00-namespace-istio-system.yaml",
            "game-gke/01-certs/kustomization.yaml", "game-gke/kustomization.yaml"});
  CHECK(test::content(root / "game-gke/kustomization.yaml") ==
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"
        "- 01-certs\n");
  const std::string apply = " apply --server-side --field-manager=kubectl-mesh -k " + root.string();
  CHECK(commands_of(test::content(root / "apply.sh")) ==
        std::vector<std::string>{
            "kubectl mesh certs install --yes",
            "kubectl --context game-gke" + apply + "/game-gke/01-certs",
            "kubectl --context game-gke -n istio-system rollout restart deployment.apps/istiod",
            "kubectl --context game-gke -n istio-system rollout status deployment.apps/istiod "
            "--timeout=60s",
            "kubectl --context game-agones" + apply + "/game-agones/01-certs"});
  CHECK(mode_of(root / "apply.sh") % 2 == 1);
}

TEST_CASE("what several concerns want of an object is one document, where it is wanted first") {
  const test::TemporaryFolder folder;
  Action later = labeled(apply("a", "Namespace", "istio-system"), "network", "a");
  Action other = apply("a", "ConfigMap", "c", {{"k", "v"}});
  Action wait = on(ActionType::wait, "a", {"v1", "ConfigMap", "", "c"});
  wait.until = Until::gone;
  write_tree({part("certs", {labeled(apply("a", "Namespace", "istio-system"), "by", "us")}),
              part("helm", {later, wait, other})},
             folder.path(), options());
  CHECK(files_below(folder.path()) ==
        std::vector<std::string>{"a/01-certs/00-namespace-istio-system.yaml",
                                 "a/01-certs/kustomization.yaml", "a/02-helm/00-configmap-c.yaml",
                                 "a/02-helm/kustomization.yaml", "a/kustomization.yaml",
                                 "apply.sh"});
  const std::string text =
      test::content(folder.path() / "a/01-certs/00-namespace-istio-system.yaml");
  CHECK_THAT(text, Catch::Contains("by: us") && Catch::Contains("network: a"));
}

TEST_CASE("phases of all clusters come one after the other, as they are carried out") {
  const test::TemporaryFolder folder;
  Action second = apply("a", "ConfigMap", "two");
  second.phase = 1;
  write_tree({part("x", {apply("a", "ConfigMap", "one"), second, apply("b", "ConfigMap", "one")}),
              part("y", {apply("a", "ConfigMap", "three")})},
             folder.path(), options());
  std::vector<std::string> order;
  for (const std::string& line : commands_of(test::content(folder.path() / "apply.sh"))) {
    order.push_back(line.substr(line.find(folder.path().string()) + folder.path().string().size()));
  }
  CHECK(order == std::vector<std::string>{"/a/01-x", "/b/01-x", "/a/02-x", "/a/03-y"});
}

TEST_CASE("secret values and files of the operator are private, and only there if asked for") {
  const test::TemporaryFolder folder;
  write_tree({certs()}, folder.path(), options(true));
  const fs::path secret = folder.path() / "game-gke/01-certs/01-secret-cacerts.yaml";
  CHECK(test::content(secret).find("key: Y2FuYXJ5\n") != std::string::npos);
  CHECK(mode_of(secret) == 0600);
  CHECK(mode_of(folder.path() / "private/01-root.pem") == 0600);
  CHECK(test::content(folder.path() / "private/.gitignore") == "*\n");
  CHECK(commands_of(test::content(folder.path() / "apply.sh")).front() ==
        "[ -e /home/me/ca/root.pem ] || install -D -m 600 " + folder.path().string() +
            "/private/01-root.pem /home/me/ca/root.pem");

  // The next tree without them leaves none behind.
  write_tree({certs()}, folder.path(), options());
  for (const std::string& file : files_below(folder.path())) {
    CHECK_THAT(test::content(folder.path() / file), !Catch::Contains("Y2FuYXJ5"));
  }
  CHECK_FALSE(fs::exists(folder.path() / "private"));
}

TEST_CASE("a tree replaces the one before it and nothing else") {
  const test::TemporaryFolder folder;
  const fs::path own = folder.write("mine.txt", "mine");
  write_tree({certs()}, folder.path(), options());
  folder.write(".kubectl-mesh-tree", test::content(folder.path() / ".kubectl-mesh-tree") +
                                         "../mine.txt\n/etc/hostname\nmine\n");
  write_tree({part("dns", {apply("c", "ConfigMap", "x")})}, folder.path(), options());
  CHECK(files_below(folder.path()) == std::vector<std::string>{"apply.sh",
                                                               "c/01-dns/00-configmap-x.yaml",
                                                               "c/01-dns/kustomization.yaml",
                                                               "c/kustomization.yaml", "mine.txt"});
}

TEST_CASE("a Helm release is two files and a complete command") {
  const test::TemporaryFolder folder;
  const fs::path own = folder.write("own.yaml", "pilot: {}\n");
  Action run;
  run.type = ActionType::run;
  run.cluster = "game gke";
  run.program = "helm";
  run.arguments = {"upgrade", "--install", "istiod", "istiod",   "--values",
                   "-",       "--values",  own,      "--labels", "inputs=1"};
  run.input = R"({"global":{"network":"n1"}})";
  run.release = HelmRelease{.name = "istiod",
                            .name_space = "istio-system",
                            .chart = "istiod",
                            .repository = "https://charts.example.com",
                            .version = "1.31.0",
                            .value_files = {own}};
  const fs::path root = folder.path() / "out";
  write_tree({part("helm", {run})}, root, options());
  const fs::path charts = root / "game_gke/charts";
  CHECK(test::content(charts / "istiod.yaml") ==
        "chart: istiod\nnamespace: istio-system\nrelease: istiod\n"
        "repository: https://charts.example.com\n"
        "valueFiles:\n- istiod.values.yaml\n- istiod.values-1.yaml\nversion: \"1.31.0\"\n");
  CHECK(test::content(charts / "istiod.values.yaml") == "global:\n  network: n1\n");
  CHECK(test::content(charts / "istiod.values-1.yaml") == "pilot: {}\n");
  CHECK(commands_of(test::content(root / "apply.sh")) ==
        std::vector<std::string>{"helm upgrade --install istiod istiod --values " +
                                 (charts / "istiod.values.yaml").string() + " --values " +
                                 (charts / "istiod.values-1.yaml").string() +
                                 " --labels inputs=1 --kube-context 'game gke'"});
}

TEST_CASE("a program of which nothing is known is started by its concern") {
  const test::TemporaryFolder folder;
  Action run;
  run.type = ActionType::run;
  run.cluster = "a";
  run.program = "terraform";
  write_tree({part("dns", {run, run})}, folder.path(), options());
  CHECK(commands_of(test::content(folder.path() / "apply.sh")) ==
        std::vector<std::string>{"kubectl mesh dns install --yes"});
}

TEST_CASE("steps that are no manifests are commands of kubectl") {
  const TreeCommands commands("");
  struct Row {
    Until until;
    std::string pointer;
    Json value;
    std::string condition;
  };
  const Row row = GENERATE(Row{Until::present, "/webhooks/0/clientConfig/caBundle", nullptr,
                               "'--for=jsonpath={.webhooks[0].clientConfig.caBundle}'"},
                           Row{Until::value, "/metadata/annotations/a.b~1c", "x",
                               "'--for=jsonpath={.metadata.annotations.a\\.b/c}=x'"},
                           Row{Until::condition, "", "Established", "--for=condition=Established"},
                           Row{Until::gone, "", nullptr, "--for=delete"});
  Action wait = on(ActionType::wait, "a", {"v1", "Service", "n", "s"});
  wait.until = row.until;
  wait.pointer = row.pointer;
  wait.value = row.value;
  std::string line = commands.wait(wait);
  for (std::size_t at = 0; (at = line.find(" \\\n ")) != std::string::npos;) line.erase(at, 4);
  CHECK(line == "kubectl --context a -n n wait " + row.condition + " service/s --timeout=60s\n");
}

TEST_CASE("an edit is a patch that holds what it expects to find") {
  const test::TemporaryFolder folder;
  Action edit = on(ActionType::edit, "a", {"v1", "ConfigMap", "kube-system", "coredns"});
  edit.precondition = {{"/data/Corefile", "old"}};
  edit.patch = {{{"op", "replace"}, {"path", "/data/Corefile"}, {"value", "new"}}};
  Action prove;
  prove.type = ActionType::prove;
  prove.cluster = "a";
  prove.extension = "command/1:dns";
  prove.verb = "verify";
  prove.seconds = 180;
  write_tree({part("dns", {edit, prove, prove})}, folder.path(), options());
  CHECK(test::content(folder.path() / "a/patches/01-configmap-coredns.yaml") ==
        "- op: test\n  path: /data/Corefile\n  value: old\n"
        "- op: replace\n  path: /data/Corefile\n  value: new\n");
  const std::vector<std::string> commands = commands_of(test::content(folder.path() / "apply.sh"));
  CHECK(commands[commands.size() - 2] ==
        "kubectl --context a -n kube-system patch configmap/coredns --type json "
        "--field-manager=kubectl-mesh --patch-file " +
            (folder.path() / "a/patches/01-configmap-coredns.yaml").string());
  CHECK(commands.back() == "until_done 180 kubectl mesh dns verify");
}

TEST_CASE("what cannot be planned yet is named, with the command that goes on") {
  const test::TemporaryFolder folder;
  TreePart dns = part("dns", {apply("a", "ConfigMap", "x")});
  dns.continues = true;
  dns.notes = {{Severity::info, "a", "then global is sent to it"}};
  Action prove;
  prove.type = ActionType::prove;
  prove.extension = "command/1:verify";
  prove.verb = "run";
  TreePart proof = part("verify", {prove});
  proof.proof = true;
  write_tree({dns, proof}, folder.path(), options());
  const std::string script = test::content(folder.path() / "apply.sh");
  CHECK_THAT(script, Catch::Contains("# - dns, a: then global is sent to it"));
  CHECK(commands_of(script).back() == "kubectl mesh plan -f=mesh.yaml --output-dir=tree");
  CHECK_THAT(script, !Catch::Contains("mesh verify run"));
  dns.continues = false;
  dns.changes = true;
  write_tree({dns, part("inject", {}), proof}, folder.path(), options());
  CHECK(commands_of(test::content(folder.path() / "apply.sh")).back() ==
        "kubectl mesh plan -f=mesh.yaml --output-dir=tree");
  dns.changes = false;
  write_tree({part("inject", {}), dns, proof}, folder.path(), options());
  CHECK(commands_of(test::content(folder.path() / "apply.sh")).back() ==
        "until_done 60 kubectl mesh verify run");
}

TEST_CASE("names of contexts become one folder each, below the one that was named") {
  const test::TemporaryFolder folder;
  const fs::path root = folder.path() / "out";
  write_tree(
      {part("x", {apply("arn:aws:eks:eu:7:cluster/blue", "Namespace", "a"),
                  apply("arn:aws:eks:eu:7:cluster:blue", "Namespace", "a"),
                  apply("..", "Namespace", "../../x"), apply("apply.sh", "Namespace", "a")})},
      root, options());
  std::set<std::string> folders;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (entry.is_directory()) folders.insert(entry.path().filename());
  }
  CHECK(folders == std::set<std::string>{"_..", "apply.sh_", "arn_aws_eks_eu_7_cluster_blue",
                                         "arn_aws_eks_eu_7_cluster_blue_"});
  CHECK(fs::exists(root / "_../01-x/00-namespace-.._.._x.yaml"));
}

TEST_CASE("a folder that cannot be written to is named") {
  const test::TemporaryFolder folder;
  const fs::path file = folder.write("file", "");
  try {
    write_tree({certs()}, file, options());
    FAIL("was written");
  } catch (const Failure& failure) {
    CHECK(failure.problem().code == "invalid-input");
    CHECK_THAT(failure.problem().message, Catch::StartsWith(file.string()));
  }
}

TEST_CASE("a command for the same clusters keeps what says how, and drops how it is shown") {
  Invocation invocation;
  invocation.program = "kubectl mesh";
  invocation.command = {"dns", "install"};
  invocation.shown_flags = {{"filename", "--filename=mesh.yaml"},
                            {"output-dir", "--output-dir=tree"},
                            {"set", "--set=a=b"},
                            {"image", "--image=x", true},
                            {"yes", "--yes"}};
  CHECK(command_of(invocation, {"dns", "verify"}) ==
        "kubectl mesh dns verify --filename=mesh.yaml --set=a=b");
  CHECK(command_of(invocation, {"dns", "install"}, "--yes") ==
        "kubectl mesh dns install --filename=mesh.yaml --set=a=b --image=x --yes");
  CHECK(command_of(invocation, {"verify", "verify"}) ==
        "kubectl mesh verify --filename=mesh.yaml --set=a=b");
}

}  // namespace mesh
