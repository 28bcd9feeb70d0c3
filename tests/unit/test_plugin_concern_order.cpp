#include <algorithm>
#include <set>

#include "unit/plugin_support.hpp"

#include "mesh/problem.hpp"
#include "plugin/concern_order.hpp"

namespace mesh {

namespace {

struct Placed {
  std::string name;
  std::vector<std::string> after;
  std::vector<std::string> before = {};
};

/// Each concern in a plugin of its own: PLUGIN = "p-" + concern.
Catalogue catalogue_of(const std::vector<Placed>& concerns) {
  Catalogue catalogue;
  for (const Placed& placed : concerns) {
    Extension concern;
    concern.point = "command/1";
    concern.name = placed.name;
    concern.lifecycle = {
        .after = placed.after, .before = placed.before, .up = "go", .down = "back"};
    PluginEntry plugin;
    plugin.manifest.name = "p-" + placed.name;
    plugin.manifest.provides = {concern};
    catalogue.plugins.push_back(plugin);
  }
  return catalogue;
}

std::string order_of(const Catalogue& catalogue, const std::set<std::string>& skipped = {}) {
  std::string names;
  for (const ConcernStep& step : order_concerns(
           catalogue, [&](const std::string& name) { return !skipped.contains(name); })) {
    names += (names.empty() ? "" : " ") + step.concern->name;
  }
  return names;
}

std::string order_of(const std::vector<Placed>& concerns) {
  return order_of(catalogue_of(concerns));
}

Problem refusal_of(const std::vector<Placed>& concerns) {
  try {
    order_of(concerns);
  } catch (const Failure& failure) {
    return failure.problem();
  }
  return {};
}

const std::vector<Placed> k_bundled{{"certs", {}},
                                    {"dns", {"certs", "helm", "serviceentry"}},
                                    {"helm", {"certs"}},
                                    {"inject", {"certs", "helm", "serviceentry", "dns"}},
                                    {"serviceentry", {"certs", "helm"}},
                                    {"verify", {"*"}}};

std::vector<Placed> bundled_and(std::vector<Placed> more) {
  more.insert(more.end(), k_bundled.begin(), k_bundled.end());
  return more;
}

}  // namespace

TEST_CASE("a concern comes after what it names and before what it names, wherever that is") {
  CHECK(order_of(bundled_and({{"zeal", {"certs"}, {"helm"}}})) ==
        "certs zeal helm serviceentry dns inject verify");
  CHECK(order_of(bundled_and({{"early", {}, {"certs"}}})) ==
        "early certs helm serviceentry dns inject verify");
  CHECK(order_of(bundled_and({{"alpha", {"inject"}}})) ==
        "certs helm serviceentry dns inject alpha verify");
}

TEST_CASE("between concerns that name nothing the name decides, not who is listed first") {
  std::vector<Placed> concerns{{"c", {}}, {"a", {}}, {"d", {"a"}}, {"b", {}}};
  std::sort(concerns.begin(), concerns.end(),
            [](const Placed& a, const Placed& b) { return a.name < b.name; });
  do {
    CHECK(order_of(concerns) == "a b c d");
  } while (std::next_permutation(concerns.begin(), concerns.end(),
                                 [](const Placed& a, const Placed& b) { return a.name < b.name; }));
}

TEST_CASE("a name that is not installed or not part of the run constrains nothing") {
  CHECK(order_of({{"a", {"b"}}, {"b", {"absent"}, {"nobody"}}}) == "b a");
  CHECK(order_of(catalogue_of({{"a", {"b"}}, {"b", {"a"}}}), {"b"}) == "a");
}

TEST_CASE("what comes after all others comes after those that name nothing, and may be named") {
  CHECK(order_of(bundled_and({{"zebra", {}}})) ==
        "certs helm serviceentry dns inject zebra verify");
  CHECK(order_of({{"a", {"*", "z"}}, {"y", {}}, {"z", {"*"}}}) == "y z a");
}

TEST_CASE("a concern without a verb for up or down is no step, and each step names its reasons") {
  Catalogue catalogue = catalogue_of({{"a", {"b", "absent"}}, {"b", {}, {"a"}}, {"c", {}}});
  catalogue.plugins.back().manifest.provides[0].lifecycle = {.after = {"a"}};
  const auto steps = order_concerns(catalogue, [](const std::string&) { return true; });
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].after.empty());
  CHECK(steps[1].after == std::map<std::string, std::string>{{"b", "p-a"}});
}

TEST_CASE("a cycle is refused with its concerns, and for each edge the plugin that made it") {
  const Problem two = refusal_of(bundled_and({{"early", {"helm"}, {"certs"}}}));
  CHECK(two.code == "plugin-refused");
  CHECK(two.message ==
        "the order of the concerns has a cycle: certs after early (plugin p-early), early after "
        "helm (plugin p-early), helm after certs (plugin p-helm)");
  CHECK_THAT(two.hint, Catch::Contains("skip: [certs]"));
  // What only waits for the cycle is not part of it.
  const Problem beside = refusal_of({{"a", {"x"}}, {"x", {"y"}}, {"y", {"x"}}});
  CHECK(beside.message ==
        "the order of the concerns has a cycle: x after y (plugin p-x), y after "
        "x (plugin p-y)");
  // Whoever wants to come after what comes last says so.
  CHECK_THAT(refusal_of(bundled_and({{"late", {"verify"}}})).message,
             Catch::Contains("late after verify (plugin p-late), verify after late"));
  CHECK(refusal_of(bundled_and({{"late", {"verify", "*"}}})).message.empty());
}

}  // namespace mesh
