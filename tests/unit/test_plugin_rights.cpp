#include "unit/folder_support.hpp"

#include "plugin/rights.hpp"

namespace mesh {

using test::problem_of;

namespace {

PluginEntry plugin(const std::string& name, Origin origin, std::vector<Extension> provides) {
  PluginEntry entry;
  entry.manifest.name = name;
  entry.manifest.provides = std::move(provides);
  entry.origin = origin;
  return entry;
}

Extension extension(const std::string& point, const std::string& name, Needs needs = {}) {
  Extension made;
  made.point = point;
  made.name = name;
  made.needs = std::move(needs);
  return made;
}

/// A concern with a verb that reads and one that changes, by which an authority can be chosen.
Extension concern(const std::string& name, Needs needs) {
  Extension made = extension("command/1", name, std::move(needs));
  made.verbs.resize(2);
  made.verbs[0].name = "look";
  made.verbs[1].name = "change";
  made.verbs[1].changes = true;
  made.settings = {{"properties", {{"authority", {{"x-point", "ca/1"}}}}}};
  return made;
}

Extension authority(const std::string& name) {
  Extension made = extension("ca/1", name);
  made.settings = {{"properties", {{"key-file", {{"type", "string"}, {"format", "path"}}}}}};
  return made;
}

/// What is installed: a bundled concern with its authority and its check, and third parties.
struct Scene {
  Scene() {
    const Needs ours{.reads = {"v1/Secret", "v1/Pod"},
                     .writes = {"v1/Secret"},
                     .programs = {"helm"},
                     .pods = true,
                     .asks = {"ca/1", "dns/1"}};
    const Needs theirs{
        .reads = {"v1/Pod"}, .programs = {"dig", "helm"}, .asks = {"ca/1", "check/1", "dns/1:b"}};
    const Needs strategy{.writes = {"v1/ConfigMap"}, .programs = {"dig"}, .network = true};
    catalogue.plugins = {
        plugin("certs", Origin::bundled,
               {concern("certs", ours), extension("check/1", "certs"), authority("own")}),
        plugin("a", Origin::user, {concern("a", theirs)}),
        plugin("b", Origin::user, {extension("dns/1", "b", strategy)})};
  }

  Asking asking(const std::string& address, std::string_view verb, const Json& request) const {
    return {*catalogue.provider(address), *catalogue.extension(address), verb, request};
  }
  Rights run(const std::string& address, std::string_view verb,
             const Json& request = Json::object()) {
    return rights_of_operator(asking(address, verb, request), named);
  }
  Rights call(const Rights& caller, const std::string& address, std::string_view verb,
              const Json& request = Json::object()) {
    return rights_of_nested(caller, asking(address, verb, request), named);
  }
  Problem refused(const Rights& caller, const std::string& address, std::string_view verb,
                  const Json& request = Json::object()) {
    const Problem problem = problem_of([&] { call(caller, address, verb, request); });
    CHECK(problem.code == "refused");
    CHECK_FALSE(problem.hint.empty());
    return problem;
  }

  Catalogue catalogue;
  NamedPaths named;
};

const std::string k_certs = "command/1:certs";
const std::string k_a = "command/1:a";
const std::string k_own = "ca/1:own";

Json plan_of(Json action) {
  return {{"kind", "Plan"}, {"actions", Json::array({std::move(action)})}};
}

Json apply_of(const std::string& kind, const std::string& cluster = "x", int phase = 0) {
  return {{"type", "apply"},
          {"cluster", cluster},
          {"phase", phase},
          {"object", {{"apiVersion", "v1"}, {"kind", kind}, {"metadata", {{"name", "n"}}}}}};
}

}  // namespace

TEST_CASE("a plugin asks the extensions that it names, and its own") {
  Scene scene;
  const Rights certs = scene.run(k_certs, "look");
  CHECK_NOTHROW(scene.call(certs, "check/1:certs", "run"));
  CHECK_NOTHROW(scene.call(certs, "dns/1:b", "look"));
  const Problem problem = scene.refused(certs, k_a, "look");
  CHECK(problem.message ==
        "plugin certs may not ask command/1:a: its manifest does not name it (needs.asks)");
  CHECK_THAT(problem.hint, Catch::EndsWith(R"("needs": {"asks": ["command/1"]})"));
  // All third parties on the way must name it: `a` does not name other strategies than b.
  const Rights a = scene.run(k_a, "look");
  CHECK_NOTHROW(scene.call(a, "dns/1:b", "look"));
  const Rights through = scene.call(a, "check/1:certs", "run");
  CHECK_THAT(scene.refused(through, k_a, "change").message, Catch::Contains("certs may not ask"));
}

TEST_CASE("what a bundled plugin does for a third party is bounded by both") {
  Scene scene;
  const Rights rights = scene.call(scene.run(k_a, "change"), "check/1:certs", "run");
  CHECK(rights.holders.size() == 2);
  const auto reads = [&](const std::string& kind) {
    return denial(rights, {"use " + kind, "reads", kind},
                  [&](const Needs& needs) { return names(needs.reads, kind); });
  };
  CHECK_FALSE(reads("v1/Pod"));
  REQUIRE(reads("v1/Secret"));
  CHECK(reads("v1/Secret")->message ==
        "plugin a may not use v1/Secret through plugin certs: its manifest does not name it "
        "(needs.reads)");
  CHECK(reads("v1/Node")->message ==
        "plugin certs may not use v1/Node: its manifest does not name it (needs.reads)");
  CHECK_NOTHROW(require_program(rights, "/usr/bin/helm"));
  CHECK_THAT(problem_of([&] { require_program(rights, "dig"); }).message,
             Catch::StartsWith("plugin certs may not start dig"));
}

TEST_CASE("the needs of a bundled plugin bound itself, not the strategy that it asks") {
  Scene scene;
  const Rights b = scene.call(scene.run(k_certs, "change"), "dns/1:b", "plan");
  CHECK(needs_in_sandbox(b) == scene.catalogue.plugins[2].manifest.provides[0].needs);
  CHECK_NOTHROW(require_plan(plan_of(apply_of("ConfigMap")), b, {}, scene.catalogue));
  CHECK_THAT(problem_of([&] {
               require_plan(plan_of(apply_of("Secret")), b, {}, scene.catalogue);
             }).message,
             Catch::Contains("plugin b planned to apply v1/Secret"));
}

TEST_CASE("a helper of a third party that another one asked may do what both name") {
  Scene scene;
  const Needs needs = needs_in_sandbox(scene.call(scene.run(k_a, "change"), "dns/1:b", "plan"));
  CHECK(needs.programs == std::vector<std::string>{"dig"});
  CHECK_FALSE(needs.network);
  CHECK(needs_in_sandbox(scene.run(k_a, "look")).programs.empty());
  CHECK(needs_in_sandbox(scene.run(k_a, "change", {{"ahead", true}})).programs.empty());
}

TEST_CASE("a concern plans what a strategy answered, and not what the strategy might do") {
  Scene scene;
  const Rights certs = scene.run(k_certs, "change");
  std::set<std::string> answered;
  add_answered(answered, plan_of(apply_of("ConfigMap")), certs, scene.catalogue);
  add_answered(answered, plan_of(apply_of("Secret")), certs, scene.catalogue);
  CHECK(answered.size() == 1);
  // Where and when the concern decides.
  CHECK_NOTHROW(
      require_plan(plan_of(apply_of("ConfigMap", "y", 3)), certs, answered, scene.catalogue));
  Json other = apply_of("ConfigMap");
  other["object"]["data"] = {{"more", "than answered"}};
  const Problem problem =
      problem_of([&] { require_plan(plan_of(other), certs, answered, scene.catalogue); });
  CHECK(problem.code == "plugin-fault");
  CHECK_THAT(problem.hint, Catch::EndsWith(R"("needs": {"writes": ["v1/ConfigMap"]})"));
}

TEST_CASE("an authority answers only the concern that the operator ran with it") {
  Scene scene;
  const Json chosen{{"settings", {{"authority", "own"}}}};
  const char* verb = GENERATE("roots", "issue");
  CHECK_NOTHROW(scene.call(scene.run(k_certs, "change", chosen), k_own, verb));
  CHECK_NOTHROW(
      scene.call(scene.run(k_a, "change", {{"options", {{"authority", "own"}}}}), k_own, verb));
  CHECK_THAT(scene.refused(scene.run(k_certs, "change"), k_own, verb).message,
             Catch::Contains("answers only the concern"));
  CHECK_THAT(
      scene.refused(scene.run(k_certs, "change", {{"settings", {{"authority", "x"}}}}), k_own, verb)
          .message,
      Catch::Contains("answers only the concern"));
  // Neither a plugin that the concern asks nor a proof is the concern.
  const Rights check = scene.call(scene.run(k_a, "change", chosen), "check/1:certs", "run");
  CHECK_THAT(scene.refused(check, k_own, verb).message, Catch::Contains("answers only"));
  CHECK_THAT(scene.refused(rights_of_prover(scene.catalogue.plugins[0]), k_own, verb).message,
             Catch::Contains("answers only"));
}

TEST_CASE("nothing is signed for a verb that only reads, or for a preview") {
  Scene scene;
  const Json chosen{{"settings", {{"authority", "own"}}}};
  const char* verb = GENERATE("issue", "rotate", "bring");
  const Rights reading = scene.run(k_certs, "look", chosen);
  CHECK_NOTHROW(scene.call(reading, k_own, "roots"));
  CHECK_THAT(scene.refused(reading, k_own, verb).message,
             Catch::EndsWith("the verb that the operator ran only reads"));
  Json ahead = chosen;
  ahead["ahead"] = true;
  CHECK_THAT(scene.refused(scene.run(k_certs, "change", ahead), k_own, verb).message,
             Catch::EndsWith("the verb that the operator ran only reads"));
}

TEST_CASE("a third party names only paths that it may use itself") {
  Scene scene;
  const Json named{{"settings", {{"authority", "own"}}}};
  const Rights a = scene.run(k_a, "change", named);
  for (const char* path : {"/etc/shadow", "relative", "/home/../etc/shadow"}) {
    CHECK_THAT(scene.refused(a, k_own, "roots", {{"folder", path}}).message,
               Catch::StartsWith("plugin a may not have ca/1:own use "));
    CHECK_THAT(scene.refused(a, k_own, "roots", {{"settings", {{"key-file", path}}}}).message,
               Catch::StartsWith("plugin a may not have ca/1:own use "));
  }
  // What the operator gave to it, and what he gave to a plugin of ours.
  scene.named["a"] = {"/given"};
  CHECK(scene.call(a, k_own, "roots", {{"folder", "/given"}}).folders.empty());
  const Rights ours = scene.run(k_certs, "change", named);
  CHECK(scene.call(ours, k_own, "roots", {{"folder", "/given/"}}).folders ==
        std::vector<std::filesystem::path>{"/given"});
}

TEST_CASE("a third party is about the clusters of its request") {
  Scene scene;
  const Rights a = scene.run(k_a, "change", {{"clusters", {"x", "y"}}});
  const Rights b = scene.call(a, "dns/1:b", "plan", {{"cluster", "x"}});
  CHECK(*b.clusters == std::set<std::string>{"x"});
  CHECK_THAT(scene.refused(a, "dns/1:b", "plan", {{"cluster", "z"}}).message,
             Catch::Contains("about cluster \"z\""));
  CHECK_THAT(problem_of([&] {
               require_plan(
                   plan_of(apply_of("ConfigMap", "y")),
                   scene.call(scene.run(k_certs, "change"), "dns/1:b", "plan", {{"cluster", "x"}}),
                   {}, scene.catalogue);
             }).message,
             Catch::Contains("planned a change of cluster \"y\""));
}

TEST_CASE("a proof asks for reports that the plugin may ask for") {
  Scene scene;
  const Rights a = scene.run(k_a, "change");
  const auto proof = [&](const char* address, const char* verb) {
    return plan_of({{"type", "prove"}, {"extension", address}, {"verb", verb}});
  };
  CHECK_NOTHROW(require_plan(proof("command/1:a", "look"), a, {}, scene.catalogue));
  CHECK_NOTHROW(require_plan(proof("check/1:certs", "run"), a, {}, scene.catalogue));
  const auto [address, verb] = GENERATE(table<const char*, const char*>(
      {{"command/1:a", "change"}, {"command/1:certs", "look"}, {"ca/1:own", "issue"}}));
  CHECK(problem_of([&, where = address, what = verb] {
          require_plan(proof(where, what), a, {}, scene.catalogue);
        }).code == "plugin-fault");
}

}  // namespace mesh
