#include "unit/plugin_support.hpp"

#include "base/digest.hpp"
#include "plugin/trust.hpp"

namespace mesh {

using test::Environment;
using test::problem_of;
using test::TemporaryFolder;

namespace {

struct Installed {
  Installed() {
    entry.manifest.name = "corp";
    entry.manifest.version = "1.0.0";
    entry.origin = Origin::user;
    entry.library = folder.write("corp.so", "code");
  }

  TemporaryFolder folder;
  TemporaryFolder home;
  Environment data{"XDG_DATA_HOME", home.path().c_str()};
  PluginEntry entry;
};

}  // namespace

TEST_CASE("code is run only after the operator said so for these bytes") {
  Installed world;
  CHECK(judge(world.entry).trust == Trust::unknown);
  const Problem unknown = problem_of([&] { admit(world.entry); });
  CHECK(unknown.code == "refused");
  CHECK_THAT(unknown.hint, Catch::Contains("kubectl mesh plugin trust corp"));

  trust(world.entry, judge(world.entry).sha256);
  CHECK(judge(world.entry).trust == Trust::trusted);
  CHECK(glance(world.entry, read_pins()) == Trust::trusted);
  CHECK(admit(world.entry) != nullptr);

  world.folder.write("corp.so", "other code");
  CHECK(judge(world.entry).trust == Trust::changed);
  CHECK(glance(world.entry, read_pins()) == Trust::changed);
  const Problem changed = problem_of([&] { admit(world.entry); });
  CHECK(changed.code == "refused");
  CHECK_THAT(changed.message, Catch::Contains(sha256_hex("code")));
  CHECK_THAT(changed.message, Catch::Contains(sha256_hex("other code")));

  CHECK(untrust("corp"));
  CHECK_FALSE(untrust("corp"));
  CHECK(judge(world.entry).trust == Trust::unknown);
}

TEST_CASE("what ships beside the host is trusted as the host is") {
  Installed world;
  world.entry.origin = Origin::bundled;
  CHECK(judge(world.entry).trust == Trust::bundled);
  CHECK(admit(world.entry) == nullptr);
}

TEST_CASE("the list of trusted plugins is the operator's own, and read with care") {
  Installed world;
  trust(world.entry, judge(world.entry).sha256);
  const auto pins = world.home.path() / "kubectl-mesh" / "trusted-plugins.json";
  CHECK(test::mode_of(pins) == 0600);
  SECTION("open to others") {
    std::filesystem::permissions(pins, std::filesystem::perms(0644));
    CHECK_THROWS_AS(admit(world.entry), Failure);
  }
  SECTION("no list") {
    world.home.write("kubectl-mesh/trusted-plugins.json", R"({"kind": "Other", "plugins": {}})");
    CHECK_THAT(problem_of([&] { admit(world.entry); }).message,
               Catch::EndsWith("is no list of trusted plugins"));
  }
  SECTION("no JSON") {
    world.home.write("kubectl-mesh/trusted-plugins.json", "{");
    CHECK_THROWS_AS(admit(world.entry), Failure);
  }
}

TEST_CASE("a library that is gone cannot be judged, but can be listed") {
  Installed world;
  trust(world.entry, judge(world.entry).sha256);
  std::filesystem::remove(world.entry.library);
  CHECK(problem_of([&] { judge(world.entry); }).code == "plugin-refused");
  CHECK(glance(world.entry, read_pins()) == Trust::changed);
}

}  // namespace mesh
