#include "unit/plugin_support.hpp"

#include "mesh/problem.hpp"
#include "plugin/third_party_text.hpp"

namespace mesh {

namespace {

PluginEntry plugin_of(Origin origin) {
  PluginEntry entry;
  entry.manifest.name = "corp";
  entry.origin = origin;
  return entry;
}

const std::string k_unknown = "sealed (plugin corp gave it the unknown code \"vault-down\")";

}  // namespace

TEST_CASE("a code that is not in problem.json becomes failed, in the name of the plugin") {
  const PluginEntry plugin = plugin_of(Origin::user);
  const Problem odd = said_by(plugin, Failure("vault-down", "sealed", "unseal it").problem());
  CHECK(odd.code == problem_code::failed);
  CHECK(odd.message == k_unknown);
  CHECK(odd.hint == "unseal it");
  for (const ProblemCode& known : k_problem_codes) {
    const Problem problem = said_by(plugin, Failure(std::string(known.word), "m").problem());
    CHECK(problem.code == known.word);
    CHECK(problem.message == "m");
  }
}

TEST_CASE("codes in the lists of a reply are repaired, and nothing else of it") {
  const Json refusal{{"code", "vault-down"}, {"message", "sealed"}, {"retryable", true}};
  const Json conflict{{"code", "conflict"}, {"message", "held"}};
  Json plan{{"kind", "Plan"},
            {"refusals", {refusal, conflict}},
            {"actions", Json::array({Json{{"object", {{"problems", Json::array({refusal})}}}}})}};
  const Json actions = plan["actions"];
  mask_said(plugin_of(Origin::user), "command/1:corp", plan);
  CHECK(plan["refusals"] ==
        Json::array({{{"code", "failed"}, {"message", k_unknown}, {"retryable", true}}, conflict}));
  CHECK(plan["actions"] == actions);
  Json report{{"kind", "List"}, {"problems", Json::array({refusal})}};
  mask_said(plugin_of(Origin::user), "check/1:corp", report);
  CHECK(report["problems"][0]["code"] == "failed");
}

TEST_CASE("a reply whose lists are none is left for its schema to refuse") {
  const PluginEntry plugin = plugin_of(Origin::user);
  for (const char* text : {R"([])", R"({"problems":{"code":"x"}})", R"({"problems":["x",7,{}]})",
                           R"({"refusals":[{"code":7,"message":"m"}]})"}) {
    Json reply = Json::parse(text);
    mask_said(plugin, "dns/1:corp", reply);
    CHECK(reply == Json::parse(text));
  }
}

TEST_CASE("what a bundled plugin says stays as it is") {
  const PluginEntry plugin = plugin_of(Origin::bundled);
  CHECK(said_by(plugin, Failure("vault-down", "sealed").problem()).code == "vault-down");
}

}  // namespace mesh
