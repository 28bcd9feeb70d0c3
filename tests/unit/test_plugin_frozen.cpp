#include "unit/plugin_support.hpp"

namespace mesh {

using test::how;
using test::no_services;

namespace {

Json greeting_of(const std::filesystem::path& library, Isolation isolation) {
  test::PluginFolder folder;
  folder.add(library, test::content(std::filesystem::path(library).replace_extension(".json")));
  const Catalogue catalogue = folder.catalogue();
  REQUIRE(catalogue.problems.empty());
  const auto plugin = start_plugin(*catalogue.provider("command/1:hello"), how(isolation));
  return plugin->invoke("command/1:hello", "greet", {{"clusters", Json::array()}}, no_services,
                        Deadline::in(std::chrono::seconds(5)));
}

}  // namespace

#if defined(__x86_64__)
TEST_CASE("a plugin that was built once from the header of ABI 1.0 still answers") {
  const Isolation isolation = GENERATE(Isolation::in_process, Isolation::helper);
  const std::filesystem::path frozen = test::k_frozen;
  CHECK(greeting_of(frozen / "v1.0" / "minimal.so", isolation).at("items") ==
        Json::parse(R"([{"text":"hello from C"}])"));
}
#endif

TEST_CASE("the plain C example of today answers") {
  const Isolation isolation = GENERATE(Isolation::in_process, Isolation::helper);
  CHECK(greeting_of(test::example("minimal"), isolation).at("kind") == "GreetingList");
}

}  // namespace mesh
