#include <catch2/catch.hpp>

#include "plan/consent.hpp"

namespace mesh {

namespace {

Step applied(const std::string& name, const std::string& text = "a") {
  Action action;
  action.cluster = "one";
  action.object = {{"apiVersion", "v1"},
                   {"kind", "ConfigMap"},
                   {"metadata", {{"namespace", "default"}, {"name", name}}},
                   {"data", {{"key", text}}}};
  const ObjectRef ref = ref_of(action.object);
  return {.action = action, .ref = ref, .change = Change::create, .fields = {}, .live = {}};
}

Step started(const std::string& program) {
  Action action;
  action.type = ActionType::run;
  action.cluster = "one";
  action.program = program;
  return {.action = action, .ref = {}, .change = Change::act, .fields = {}, .live = {}};
}

std::size_t beyond(const Consent& consent, const Step& step) {
  return consent.beyond({step}).size();
}

Announcement announced(const std::string& name) {
  Announcement one = announcement_of(applied("x").action);
  one.target.name = name;
  return one;
}

}  // namespace

TEST_CASE("consent: what was shown may be written as it was shown") {
  Consent consent;
  consent.add({applied("shown")}, {});
  CHECK(beyond(consent, applied("shown")) == 0);
  CHECK(beyond(consent, applied("shown", "other")) == 1);
  CHECK(beyond(consent, applied("hidden")) == 1);
  Step elsewhere = applied("shown");
  elsewhere.action.cluster = "two";
  CHECK(beyond(consent, elsewhere) == 1);
  Step removed = applied("shown");
  removed.action.type = ActionType::remove;
  removed.change = Change::remove;
  CHECK(beyond(consent, removed) == 1);
}

TEST_CASE("consent: what is left as it is was not agreed to") {
  Step left = applied("left");
  left.change = Change::leave;
  Consent consent;
  consent.add({left}, {});
  CHECK(beyond(consent, left) == 0);
  CHECK(beyond(consent, applied("left")) == 1);
}

TEST_CASE("consent: an announcement covers its type, cluster, kind and name") {
  Consent consent;
  consent.add({}, {announced("mesh-*")});
  CHECK(beyond(consent, applied("mesh-a")) == 0);
  CHECK(beyond(consent, applied("other")) == 1);
  for (const auto& change : std::vector<std::function<void(Announcement&)>>{
           [](Announcement& one) { one.type = ActionType::edit; },
           [](Announcement& one) { one.cluster = "two"; },
           [](Announcement& one) { one.cluster.clear(); },
           [](Announcement& one) { one.target.api_version = "v2"; },
           [](Announcement& one) { one.target.kind = "Secret"; },
           [](Announcement& one) { one.target.name_space = "kube-system"; },
           [](Announcement& one) { one.target.name.clear(); }}) {
    Announcement one = announced("mesh-a");
    change(one);
    Consent other;
    other.add({}, {one});
    CHECK(beyond(other, applied("mesh-a")) == 1);
  }
}

TEST_CASE("consent: waits and proofs write nothing, a program may write anything") {
  Step waits = applied("x");
  waits.action.type = ActionType::wait;
  waits.change = Change::act;
  Step proof = waits;
  proof.action.type = ActionType::prove;
  Consent consent;
  CHECK(consent.beyond({waits, proof}).empty());
  CHECK(beyond(consent, started("helm")) == 1);
  Announcement helm = announcement_of(started("helm").action);
  consent.add({}, {helm});
  CHECK(beyond(consent, started("helm")) == 0);
  CHECK(beyond(consent, started("sh")) == 1);
}

TEST_CASE("consent: --accept names an object or a kind, as the plan shows it") {
  CHECK(acceptance_of(applied("a")) == "ConfigMap default/a");
  CHECK(acceptance_of(started("helm")) == "program helm");
  CHECK(beyond(Consent({"ConfigMap default/a"}), applied("a")) == 0);
  CHECK(beyond(Consent({"ConfigMap"}), applied("a")) == 0);
  CHECK(beyond(Consent({"Config"}), applied("a")) == 1);
  CHECK(beyond(Consent({"ConfigMap default/ab"}), applied("a")) == 1);
  CHECK(beyond(Consent({"program helm"}), started("helm")) == 0);
}

}  // namespace mesh
