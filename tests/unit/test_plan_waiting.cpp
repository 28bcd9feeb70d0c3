#include <catch2/catch.hpp>

#include "plan/waiting.hpp"

using mesh::Action;
using mesh::ActionType;
using mesh::Json;
using mesh::Until;

namespace {

Action wait_until(Until until, const std::string& pointer = {}, Json value = nullptr) {
  Action action;
  action.type = ActionType::wait;
  action.until = until;
  action.pointer = pointer;
  action.value = std::move(value);
  return action;
}

Json workload(const std::string& kind, const Json& spec, const Json& status) {
  return {{"apiVersion", "apps/v1"},
          {"kind", kind},
          {"metadata", {{"name", "x"}, {"generation", 3}}},
          {"spec", spec},
          {"status", status}};
}

}  // namespace

TEST_CASE("a wait ends when its field is as wanted") {
  const Json live{{"status", {{"phase", "Active"}, {"list", Json::array()}, {"ip", "192.0.2.1"}}}};
  CHECK(mesh::reached(wait_until(Until::value, "/status/phase", "Active"), live));
  CHECK_FALSE(mesh::reached(wait_until(Until::value, "/status/phase", "Gone"), live));
  CHECK_FALSE(mesh::reached(wait_until(Until::value, "/status/phase", "Active"), nullptr));
  CHECK(mesh::reached(wait_until(Until::present, "/status/ip"), live));
  CHECK_FALSE(mesh::reached(wait_until(Until::present, "/status/list"), live));
  CHECK_FALSE(mesh::reached(wait_until(Until::present, "/status/list/0"), live));
  CHECK(mesh::reached(wait_until(Until::gone), nullptr));
  CHECK_FALSE(mesh::reached(wait_until(Until::gone), live));
  CHECK(mesh::still_missing(wait_until(Until::value, "/status/phase", "Gone"), live) ==
        "/status/phase is \"Active\", not \"Gone\"");
  CHECK(mesh::still_missing(wait_until(Until::present, "/status/x"), nullptr) == "it is not there");
}

TEST_CASE("a condition counts when it is true, not when it is there") {
  const Action established = wait_until(Until::condition, "", "Established");
  const auto with = [](const Json& conditions) {
    return Json{{"status", {{"conditions", conditions}}}};
  };
  CHECK(mesh::reached(established, with({{{"type", "Established"}, {"status", "True"}}})));
  CHECK_FALSE(mesh::reached(established, with({{{"type", "Established"}, {"status", "False"}}})));
  CHECK_FALSE(mesh::reached(established, with({{{"type", "Other"}, {"status", "True"}}})));
  CHECK_FALSE(mesh::reached(established, with("no list")));
  CHECK(mesh::still_missing(established, with(Json::array())) == "it is not Established");
}

TEST_CASE("a rollout has ended when only new pods are there, and all of them work") {
  struct Row {
    Json live;
    std::string lacks;
  };
  const Json done{{"observedGeneration", 3},
                  {"replicas", 2},
                  {"updatedReplicas", 2},
                  {"availableReplicas", 2},
                  {"readyReplicas", 2}};
  const auto but = [&](const char* field, const Json& value) {
    Json status = done;
    status[field] = value;
    return status;
  };
  const Json two{{"replicas", 2}};
  const Row row = GENERATE_COPY(
      Row{workload("Deployment", two, done), ""},
      Row{workload("Deployment", Json::object(), but("availableReplicas", 1)), "old pods"},
      Row{workload("Deployment", two, but("observedGeneration", 2)), "not been noticed"},
      Row{workload("Deployment", two, but("updatedReplicas", 1)), "1 of 2 pods are new"},
      Row{workload("Deployment", two, but("replicas", 3)), "old pods are still there"},
      Row{workload("Deployment", two, but("availableReplicas", 0)), "0 of 2 pods are available"},
      Row{workload("Deployment", {{"replicas", 0}}, {{"observedGeneration", 3}}), ""},
      Row{workload("StatefulSet", two, but("readyReplicas", 1)), "1 of 2 pods are available"},
      Row{workload("DaemonSet", Json::object(),
                   {{"observedGeneration", 3},
                    {"desiredNumberScheduled", 2},
                    {"updatedNumberScheduled", 2},
                    {"numberAvailable", 1}}),
          "1 of 2 pods are available"});
  const Action rollout = wait_until(Until::rollout);
  INFO(row.live.dump());
  CHECK(mesh::reached(rollout, row.live) == row.lacks.empty());
  if (!row.lacks.empty()) {
    CHECK(mesh::still_missing(rollout, row.live).find(row.lacks) != std::string::npos);
  }
}

TEST_CASE("what holds an object or a condition is told") {
  const Action gone = wait_until(Until::gone);
  CHECK(mesh::still_missing(gone, {{"metadata", {{"finalizers", {"example.com/x"}}}}}) ==
        "it is still there; its finalizers are [\"example.com/x\"]");
  const Json left{{"type", "NamespaceContentRemaining"},
                  {"status", "True"},
                  {"reason", "SomeResourcesRemain"},
                  {"message", "pods. has 3 resource instances"}};
  CHECK(mesh::still_missing(
            gone, {{"kind", "Namespace"}, {"status", {{"conditions", Json::array({left})}}}}) ==
        "it is still there: SomeResourcesRemain: pods. has 3 resource instances");
  const Json refused{{"type", "Established"}, {"status", "False"}, {"reason", "NotAccepted"}};
  CHECK(mesh::still_missing(wait_until(Until::condition, "", "Established"),
                            {{"status", {{"conditions", Json::array({refused})}}}}) ==
        "it is not Established: NotAccepted");
}
