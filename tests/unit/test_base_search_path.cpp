#include "folder_support.hpp"
#include <catch2/catch.hpp>

#include "base/search_path.hpp"

using mesh::find_programs;
using mesh::test::TemporaryFolder;

namespace fs = std::filesystem;

TEST_CASE("programs are found in the order of PATH, and only what can be run") {
  const TemporaryFolder one;
  const TemporaryFolder two;
  fs::permissions(one.write("tool", ""), fs::perms::owner_all);
  fs::permissions(two.write("tool", ""), fs::perms::owner_all);
  one.write("text", "");
  fs::create_directory(one.path() / "folder");
  const std::string path = one.path().string() + ":/nowhere:" + two.path().string();
  CHECK(find_programs("tool", path) ==
        std::vector<fs::path>{one.path() / "tool", two.path() / "tool"});
  CHECK(find_programs("text", path).empty());
  CHECK(find_programs("folder", path).empty());
  CHECK(find_programs("tool", "").empty());
}

TEST_CASE("a name with a slash is looked for at its place only") {
  const TemporaryFolder folder;
  const fs::path tool = folder.write("tool", "");
  fs::permissions(tool, fs::perms::owner_all);
  CHECK(find_programs(tool, "/nowhere") == std::vector<fs::path>{tool});
  CHECK(find_programs("/nowhere/tool", folder.path().string()).empty());
}
