#include "folder_support.hpp"
#include <catch2/catch.hpp>

#include "base/paths.hpp"

namespace fs = std::filesystem;
using mesh::test::Environment;

namespace {

struct HomeRow {
  const char* home;
  const char* variable;  ///< of XDG; nullptr: unset
  std::string data, state;
};

}  // namespace

TEST_CASE("folders follow XDG, which ignores what is empty or relative") {
  const HomeRow row = GENERATE(
      HomeRow{"/h", nullptr, "/h/.local/share/kubectl-mesh", "/h/.local/state/kubectl-mesh"},
      HomeRow{"/h", "", "/h/.local/share/kubectl-mesh", "/h/.local/state/kubectl-mesh"},
      HomeRow{"/h", "x/y", "/h/.local/share/kubectl-mesh", "/h/.local/state/kubectl-mesh"},
      HomeRow{"/h", "~/x", "/h/.local/share/kubectl-mesh", "/h/.local/state/kubectl-mesh"},
      HomeRow{"/h", "/x", "/x/kubectl-mesh", "/x/kubectl-mesh"},
      HomeRow{nullptr, "/x", "/x/kubectl-mesh", "/x/kubectl-mesh"});
  const Environment home("HOME", row.home);
  const Environment data("XDG_DATA_HOME", row.variable);
  const Environment state("XDG_STATE_HOME", row.variable);
  CHECK(mesh::data_home() == row.data);
  CHECK(mesh::state_home() == row.state);
  CHECK(mesh::store_home() == fs::path(row.data) / "store");
  CHECK(mesh::user_plugins() == fs::path(row.data) / "plugins");
}

TEST_CASE("without a home the variable to set is named") {
  const char* nowhere = GENERATE(static_cast<const char*>(nullptr), "");
  const Environment home("HOME", nowhere);
  const Environment state("XDG_STATE_HOME", nullptr);
  const mesh::Problem problem = mesh::test::problem_of([] { mesh::state_home(); });
  CHECK(problem.code == "invalid-input");
  CHECK(problem.hint == "set XDG_STATE_HOME to a folder of yours");
}

TEST_CASE("the home folder is written as ~, and only it") {
  const char* named = GENERATE("/home/jane", "/home/jane/");
  const Environment home("HOME", named);
  CHECK(mesh::shown("/home/jane/.kube/config") == "~/.kube/config");
  CHECK(mesh::shown("/home/jane") == "~");
  CHECK(mesh::shown("/home/janet/.kube/config") == "/home/janet/.kube/config");
  CHECK(mesh::shown("/home") == "/home");
}

TEST_CASE("a home of / hides nothing") {
  const Environment home("HOME", "/");
  CHECK(mesh::shown("/etc/passwd") == "/etc/passwd");
}

TEST_CASE("libraries are found from the program itself, not from the working folder") {
  CHECK(mesh::executable() == fs::canonical("/proc/self/exe"));
  const fs::path prefix = mesh::executable().parent_path().parent_path();
  CHECK(mesh::engine_library() == prefix / "lib/kubectl-mesh/libmesh-engine.so");
  CHECK(mesh::bundled_plugins() == prefix / "lib/kubectl-mesh/plugins");
}
