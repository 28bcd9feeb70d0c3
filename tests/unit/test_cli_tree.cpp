#include <sys/stat.h>

#include "cli_support.hpp"
#include <catch2/catch.hpp>

#include "cli/output.hpp"
#include "mesh/problem.hpp"

namespace mesh {

namespace fs = std::filesystem;

static Action apply(const std::string& cluster, const std::string& kind, const std::string& name,
                    Json data = nullptr) {
  Action action;
  action.cluster = cluster;
  action.object = {{"apiVersion", "v1"}, {"kind", kind}, {"metadata", {{"name", name}}}};
  if (!data.is_null()) action.object["data"] = std::move(data);
  return action;
}

static std::vector<std::string> files_below(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(fs::relative(entry, folder).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

static int mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return static_cast<int>(status.st_mode & 0777U);
}

static Plan two_clusters() {
  Action store;
  store.type = ActionType::store;
  store.file.name = "root.pem";
  Action restart;
  restart.type = ActionType::restart;
  restart.cluster = "game-gke";
  restart.target = {"apps/v1", "Deployment", "istio-system", "istiod"};
  restart.reason = "reads its CA when it starts";
  Plan plan;
  plan.actions = {store, apply("game-gke", "Namespace", "istio-system"),
                  apply("game-gke", "Secret", "cacerts", {{"key", "Y2FuYXJ5"}}), restart,
                  apply("game-agones", "Namespace", "istio-system")};
  return plan;
}

TEST_CASE("the tree has a folder per cluster, in the order of application") {
  const test::TemporaryFolder folder;
  const fs::path root = folder.path() / "out";
  CHECK(write_tree(two_clusters().actions, root, false) == 6);
  CHECK(files_below(root) ==
        std::vector<std::string>{
            "game-agones/00-namespace-istio-system.yaml", "game-agones/kustomization.yaml",
            "game-gke/00-namespace-istio-system.yaml", "game-gke/01-secret-cacerts.yaml",
            "game-gke/kustomization.yaml", "game-gke/not-manifests.txt"});
  CHECK(test::content(root / "game-gke/kustomization.yaml") ==
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"
        "- 00-namespace-istio-system.yaml\n- 01-secret-cacerts.yaml\n");
  CHECK(test::content(root / "game-gke/not-manifests.txt") ==
        "restart Deployment istio-system/istiod: reads its CA when it starts\n");
}

TEST_CASE("a Secret comes without its values unless they are asked for") {
  const test::TemporaryFolder folder;
  const fs::path secret = folder.path() / "game-gke/01-secret-cacerts.yaml";
  write_tree(two_clusters().actions, folder.path(), false);
  CHECK(test::content(secret) ==
        "# Its values are left out; --show-secrets writes them too.\n"
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: cacerts\n");
  write_tree(two_clusters().actions, folder.path(), true);
  CHECK(test::content(secret).find("key: Y2FuYXJ5\n") != std::string::npos);
  CHECK(mode_of(secret) == 0600);
}

TEST_CASE("names of contexts become one folder each, below the one that was named") {
  const test::TemporaryFolder folder;
  Plan plan;
  plan.actions = {apply("arn:aws:eks:eu:7:cluster/blue", "Namespace", "a"),
                  apply("arn:aws:eks:eu:7:cluster:blue", "Namespace", "a"),
                  apply("..", "Namespace", "../../x")};
  const fs::path root = folder.path() / "out";
  write_tree(plan.actions, root, false);
  CHECK(files_below(folder.path()) ==
        std::vector<std::string>{"out/_../00-namespace-.._.._x.yaml", "out/_../kustomization.yaml",
                                 "out/arn_aws_eks_eu_7_cluster_blue/00-namespace-a.yaml",
                                 "out/arn_aws_eks_eu_7_cluster_blue/kustomization.yaml",
                                 "out/arn_aws_eks_eu_7_cluster_blue_/00-namespace-a.yaml",
                                 "out/arn_aws_eks_eu_7_cluster_blue_/kustomization.yaml"});
}

TEST_CASE("a folder that cannot be written to is named") {
  const test::TemporaryFolder folder;
  const fs::path file = folder.write("file", "");
  try {
    write_tree(two_clusters().actions, file, false);
    FAIL("was written");
  } catch (const Failure& failure) {
    CHECK(failure.problem().code == "invalid-input");
    CHECK(failure.problem().message ==
          (file / "game-gke/00-namespace-istio-system.yaml").string() + " cannot be written");
  }
}

}  // namespace mesh
